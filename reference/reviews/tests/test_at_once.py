"""Many members at the same moment: no count is lost, nobody blocks another for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from unittest import skipUnless

from django.db import close_old_connections, connection
from django.test import TransactionTestCase

from bazaar.testing import find_wrong_counters, make_person, make_product, make_review
from reviews.models import Review
from reviews.posting import set_published, vote_helpful, withdraw_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

THREADS = 6


def at_once(work: Callable[..., Any], many: Iterable[Any]) -> list[Any]:
    """What each call gives, in threads with connections of their own. Raises what one of them raises."""

    def alone(one: Any) -> Any:
        try:
            return work(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(alone, many))


@skipUnless(connection.vendor == "postgresql", "SQLite has one writer at a time")
class AtOnce(TransactionTestCase):
    def tearDown(self) -> None:
        close_old_connections()

    def test_reviews_of_one_product_all_count(self) -> None:
        product, people = make_product(), [make_person() for _ in range(30)]
        at_once(lambda person: make_review(product, person, rating=3), people)
        product.refresh_from_db()
        self.assertEqual((product.review_count, product.rating_sum), (30, 90))

    def test_a_review_is_withdrawn_once_and_hidden_once(self) -> None:
        product = make_product()
        hidden, withdrawn, _ = (make_review(product) for _ in range(3))
        shown = Review.objects.filter(pk=hidden.pk)
        self.assertEqual(sum(at_once(lambda _: set_published(shown, False), range(THREADS))), 1)
        at_once(lambda _: withdraw_review(withdrawn), range(THREADS))
        product.refresh_from_db()
        self.assertEqual(product.review_count, 1)
        self.assertEqual(find_wrong_counters(), [])

    def test_a_member_s_votes_at_the_same_moment_count_once(self) -> None:
        review, person = make_review(), make_person()
        new = at_once(lambda _: vote_helpful(review, person.pk), range(THREADS))
        self.assertEqual((sum(new), Review.objects.get().helpful_count), (1, 1))

"""Counters stay right whatever happens to a review."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from bazaar.testing import SiteTestCase, make_person, make_product, make_review
from orders.placing import place_order
from reviews.models import Review, Reviewer
from reviews.posting import set_published, vote_helpful, withdraw_review
from reviews.recounting import Corrected, recount


class Posting(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.product, self.author = make_product(), make_person()

    def figures(self) -> tuple[int, int, float]:
        self.product.refresh_from_db()
        return self.product.review_count, self.product.rating_sum, self.product.rating

    def test_a_review_counts_for_its_product_and_its_author(self) -> None:
        make_review(self.product, self.author, rating=5)
        make_review(self.product, rating=2)
        self.assertEqual(self.figures(), (2, 7, 3.5))
        reviewer = Reviewer.objects.get(pk=self.author.pk)
        self.assertEqual(
            (reviewer.review_count, reviewer.seconds_total, reviewer.average_seconds), (1, 90, 90)
        )

    def test_a_withdrawn_review_counts_no_more(self) -> None:
        review = make_review(self.product, self.author)
        withdraw_review(review)
        withdraw_review(review)
        self.assertEqual(self.figures(), (0, 0, 0))
        self.assertEqual(Reviewer.objects.get(pk=self.author.pk).seconds_total, 0)

    def test_a_second_review_of_the_same_author_changes_nothing(self) -> None:
        make_review(self.product, self.author, rating=5)
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_review(self.product, self.author, rating=1)
        self.assertEqual(self.figures(), (1, 5, 5))

    def test_a_hidden_review_counts_only_while_it_is_shown(self) -> None:
        review = make_review(self.product, published=False)
        self.assertEqual(self.figures()[0], 0)
        self.assertTrue(set_published(review, True))
        self.assertFalse(set_published(review, True))
        self.assertEqual(self.figures()[0], 1)
        set_published(review, False)
        self.assertEqual(self.figures(), (0, 0, 0))

    def test_a_vote_counts_once_for_each_member(self) -> None:
        review = make_review(self.product)
        self.assertTrue(vote_helpful(review.pk, self.author.pk))
        self.assertFalse(vote_helpful(review.pk, self.author.pk))
        review.refresh_from_db()
        self.assertEqual(review.helpful_count, 1)

    def test_who_ordered_the_product_is_told_to_have(self) -> None:
        place_order(self.author, self.product, quantity=1)
        self.assertTrue(make_review(self.product, self.author).verified)
        self.assertFalse(make_review(self.product).verified)

    def test_the_database_takes_no_rating_of_six(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_review(self.product, rating=6)
        self.assertEqual(self.figures()[0], 0)

    def test_recounting_finds_and_corrects_what_is_wrong(self) -> None:
        review = make_review(self.product, self.author)
        make_review()
        self.assertEqual(recount(votes=True), Corrected(0, 0, 0))
        type(self.product).objects.filter(pk=self.product.pk).update(review_count=2, rating_sum=9)
        Review.objects.filter(pk=review.pk).update(helpful_count=7)
        Reviewer.objects.create(person=make_person(), review_count=3)
        self.assertEqual(recount(votes=True), Corrected(1, 1, 1))
        self.assertEqual(self.figures(), (1, 4, 4))

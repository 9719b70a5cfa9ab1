"""Counters stay right whatever happens to a review."""

from __future__ import annotations

from unittest import skipUnless

from django.db import IntegrityError, connection, transaction
from django_tenfold.db.derived.upkeep import verify_field

from bazaar.testing import SiteTestCase, find_wrong_counters, make_person, make_product, make_review
from orders.placing import place_order
from products.models import Category
from reviews.derived import category_of_review
from reviews.models import HelpfulVote, Review, Reviewer
from reviews.posting import set_published, vote_helpful, withdraw_review
from reviews.tasks import roll_up_counters


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
        shown = Review.objects.filter(pk=review.pk)
        self.assertEqual(self.figures()[0], 0)
        self.assertEqual(set_published(shown, True), 1)
        self.assertEqual(set_published(shown, True), 0)
        self.assertEqual(self.figures()[0], 1)
        set_published(shown, False)
        self.assertEqual(self.figures(), (0, 0, 0))

    def test_a_vote_counts_once_for_each_member(self) -> None:
        review = make_review(self.product)
        self.assertTrue(vote_helpful(review, self.author.pk))
        self.assertFalse(vote_helpful(review, self.author.pk))
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

    def test_a_deleted_account_takes_its_reviews_out_of_every_count(self) -> None:
        make_review(self.product, self.author, rating=5)
        make_review(self.product, rating=1)
        self.author.delete()
        roll_up_counters()
        self.assertEqual(self.figures(), (1, 1, 1))
        self.assertEqual(find_wrong_counters(), [])

    def test_statements_of_any_kind_are_counted(self) -> None:
        made = [make_review(self.product, rating=2) for _ in range(3)]
        Review.objects.filter(pk=made[0].pk).update(rating=5)
        Review.objects.filter(pk=made[1].pk).delete()
        HelpfulVote.objects.bulk_create(
            HelpfulVote(review=made[2], voter=one) for one in (self.author, make_person())
        )
        roll_up_counters()
        self.assertEqual(self.figures(), (2, 7, 3.5))
        self.assertEqual(Review.objects.get(pk=made[2].pk).helpful_count, 2)
        self.assertEqual(find_wrong_counters(), [])

    @skipUnless(
        connection.vendor == "postgresql", "elsewhere a review keeps the category that it was published in"
    )
    def test_a_product_takes_its_reviews_along_to_another_category(self) -> None:
        review = make_review(self.product)
        audio = Category.objects.create(name="Audio", slug="audio")
        type(self.product).objects.filter(pk=self.product.pk).update(category=audio)
        review.refresh_from_db()
        self.assertEqual(review.category, audio)
        self.assertEqual(verify_field(category_of_review, using="default").wrong, 0)

    def test_a_column_that_a_hand_has_changed_is_found(self) -> None:
        make_review(self.product, self.author)
        type(self.product).objects.filter(pk=self.product.pk).update(review_count=2, rating_sum=9)
        self.assertEqual(find_wrong_counters(), ["reviews_of_product", "stars_of_product"])

"""Writing, withdrawing and voting in the browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.urls import reverse

from bazaar.testing import SiteTestCase, make_person, make_product, make_review
from reviews.forms import sign_start
from reviews.models import Review


class Writing(SiteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.product, self.person = make_product(), make_person()
        self.address = reverse("reviews:write", args=[self.product.slug])
        self.client.force_login(self.person)

    def send(self, started: str = "", **changes: object) -> object:
        begun = started or sign_start(datetime.now(UTC) - timedelta(seconds=120))
        fields = {"rating": 5, "title": "Bright", "text": "Reads well.", "started": begun, **changes}
        return self.client.post(self.address, fields)

    def test_a_review_is_published_with_the_time_that_it_took(self) -> None:
        self.assertRedirects(self.send(), self.product.get_absolute_url())
        review = Review.objects.get()
        self.assertEqual(review.author, self.person)
        self.assertAlmostEqual((review.submitted_at - review.started_at).total_seconds(), 120, delta=30)

    def test_a_forged_start_is_refused(self) -> None:
        self.assertContains(self.send(started="1234567890:forged"), "open for too long")
        self.assertFalse(Review.objects.exists())

    def test_a_second_review_is_refused_with_the_reason(self) -> None:
        self.send()
        self.assertContains(self.send(title="Again"), "reviewed this product already")
        self.assertEqual(Review.objects.count(), 1)

    def test_a_rating_outside_of_the_scale_is_refused(self) -> None:
        self.send(rating=6)
        self.assertFalse(Review.objects.exists())

    def test_only_members_write_reviews(self) -> None:
        self.client.logout()
        self.assertRedirects(self.client.get(self.address), f"{reverse('people:login')}?next={self.address}")

    def test_an_author_withdraws_the_own_review(self) -> None:
        review = make_review(self.product, self.person)
        self.client.post(reverse("reviews:withdraw", args=[review.pk]))
        self.assertFalse(Review.objects.exists())

    def test_nobody_withdraws_a_review_of_somebody_else(self) -> None:
        review = make_review(self.product)
        answer = self.client.post(reverse("reviews:withdraw", args=[review.pk]))
        self.assertEqual(answer.status_code, 404)
        self.assertTrue(Review.objects.exists())

    def test_a_vote_is_counted_and_a_second_one_is_not(self) -> None:
        review = make_review(self.product)
        for _ in range(2):
            self.client.post(reverse("reviews:helpful", args=[review.pk]))
        review.refresh_from_db()
        self.assertEqual(review.helpful_count, 1)

    def test_a_vote_is_not_given_by_following_a_link(self) -> None:
        review = make_review(self.product)
        self.assertEqual(self.client.get(reverse("reviews:helpful", args=[review.pk])).status_code, 405)

"""Reviews, votes for them, and what each reviewer has done in all."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, NullIf
from django.utils import timezone
from django_tenfold.db.changed_fields import SavesChanges
from django_tenfold.db.figures import Seconds

from products.models import Category, Product


class Review(SavesChanges):
    """One opinion of one member about one product."""

    # Two foreign keys without an index of their own: the first columns of the unique constraint and of
    # `review_of_product` serve them, and each index more costs every insert.
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews", db_index=False
    )
    # Of the product, and with it: see `reviews.derived`. No index spans two tables.
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    rating = models.PositiveSmallIntegerField(choices=[(stars, str(stars)) for stars in range(1, 6)])
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=5000)
    verified = models.BooleanField(default=False, help_text="The author has ordered the product here.")
    published = models.BooleanField(default=True)
    helpful_count = models.PositiveIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(help_text="When the author opened the form.")
    submitted_at = models.DateTimeField(default=timezone.now, help_text="When the review was made.")
    seconds = models.GeneratedField(
        expression=Cast(Seconds("started_at", "submitted_at"), models.IntegerField()),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    """Spent writing it."""

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["product", "rating", "-submitted_at", "-id"], name="review_of_product"),
            models.Index(
                fields=["product", "-submitted_at", "-id"],
                name="review_newest_of_product",
                condition=Q(published=True),
            ),
            models.Index(fields=["-submitted_at", "-id"], name="review_newest", condition=Q(published=True)),
            models.Index(
                fields=["category", "-submitted_at", "-id"],
                name="review_newest_of_category",
                condition=Q(published=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "product"],
                name="review_once_per_author_and_product",
                violation_error_message="You have reviewed this product already.",
            ),
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_between_1_and_5"),
            models.CheckConstraint(
                condition=Q(submitted_at__gte=F("started_at")), name="review_submitted_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class HelpfulVote(models.Model):
    """That a member found a review helpful; `Review.helpful_count` follows their number."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="votes", db_index=False)
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "voter"], name="vote_once_per_review_and_voter")
        ]

    def __str__(self) -> str:
        return f"{self.voter_id} for {self.review_id}"


class Reviewer(models.Model):
    """What a member's published reviews add up to: it follows `reviews.counters`, and rankings read an index on it."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reviewer"
    )
    review_count = models.PositiveIntegerField(default=0)
    seconds_total = models.PositiveBigIntegerField(
        default=0, help_text="Spent writing, all reviews together."
    )
    average_seconds = models.GeneratedField(
        expression=Cast("seconds_total", models.FloatField())
        / NullIf(Cast("review_count", models.FloatField()), 0.0),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )

    class Meta:
        indexes = [models.Index(F("review_count").desc(), "person", name="reviewer_by_count")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.review_count}"

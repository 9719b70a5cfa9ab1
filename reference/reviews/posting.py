"""Writes reviews and votes. What is counted about them no line here touches: see `reviews.counters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from orders.models import Order
from reviews.models import HelpfulVote, Review, Reviewer
from reviews.tasks import roll_up_counters

if TYPE_CHECKING:
    from django.db.models import QuerySet


def publish_review(review: Review) -> Review:
    """Save a new review. Raises IntegrityError when its author has reviewed the product already."""
    review.verified = Order.objects.filter(person=review.author, product=review.product).exists()
    with transaction.atomic():
        review.save(force_insert=True)
        Reviewer.objects.bulk_create([Reviewer(person_id=review.author_id)], ignore_conflicts=True)
    _follow_at_once()
    return review


def withdraw_review(review: Review) -> None:
    """Delete a review with its votes. Nothing happens when it is gone already."""
    Review.objects.filter(pk=review.pk).delete()
    _follow_at_once()


def set_published(reviews: QuerySet[Review], published: bool) -> int:
    """Show or hide reviews, in one statement; how many that changed."""
    changed = reviews.filter(published=not published).update(published=published)
    _follow_at_once()
    return changed


def vote_helpful(review_id: int, voter_id: int) -> bool:
    """Keep a member's vote; whether it was new."""
    try:
        with transaction.atomic():
            HelpfulVote.objects.create(review_id=review_id, voter_id=voter_id)
    except IntegrityError:
        return False
    _follow_at_once()
    return True


def _follow_at_once() -> None:
    """In development and tests no scheduler runs that would do it within a minute."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        roll_up_counters()

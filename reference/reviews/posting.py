"""Writes reviews and keeps what is counted about them right, in one transaction each.

Counters change by F() expressions: the database adds, so that two reviews at the same moment both count.
Rows are always taken in the same order (review, product, reviewer): two writers cannot block each other.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from orders.models import Order
from products.models import Product
from reviews.models import HelpfulVote, Review, Reviewer


def publish_review(review: Review) -> Review:
    """Save a new review and count it. Raises IntegrityError when its author has reviewed the product already."""
    review.verified = Order.objects.filter(person=review.author, product=review.product).exists()
    with transaction.atomic():
        review.save(force_insert=True)
        if review.published:
            _count(review, sign=1)
    return review


def withdraw_review(review: Review) -> None:
    """Delete a review and take it out of the counts. Nothing happens when it is gone already."""
    with transaction.atomic():
        locked = Review.objects.select_for_update().filter(pk=review.pk).first()
        if locked is None:
            return
        if locked.published:
            _count(locked, sign=-1)
        locked.delete()


def set_published(review: Review, published: bool) -> bool:
    """Show or hide a review; whether that changed anything."""
    with transaction.atomic():
        # The condition makes it happen once, however many staff members press the button.
        changed = Review.objects.filter(pk=review.pk, published=not published).update(published=published)
        if changed:
            _count(review, sign=1 if published else -1)
    return bool(changed)


def vote_helpful(review_id: int, voter_id: int) -> bool:
    """Count a member's vote once; whether it was new."""
    try:
        with transaction.atomic():
            HelpfulVote.objects.create(review_id=review_id, voter_id=voter_id)
            Review.objects.filter(pk=review_id).update(helpful_count=F("helpful_count") + 1)
    except IntegrityError:
        return False
    return True


def _count(review: Review, *, sign: int) -> None:
    Product.objects.filter(pk=review.product_id).update(
        review_count=F("review_count") + sign,
        rating_sum=F("rating_sum") + sign * review.rating,
        changed_at=Now(),
    )
    seconds = int((review.submitted_at - review.started_at).total_seconds())
    if sign > 0:
        Reviewer.objects.get_or_create(person_id=review.author_id)
    Reviewer.objects.filter(pk=review.author_id).update(
        review_count=F("review_count") + sign, seconds_total=F("seconds_total") + sign * seconds
    )

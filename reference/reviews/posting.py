"""Writes reviews and votes, and takes back the pages that show them. What is counted about them no line here touches:
see `reviews.counters`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django_tenfold.cache.purging import purge

from orders.models import Order
from products.reading import name_reviews_tag
from reviews.models import HelpfulVote, Review, Reviewer
from reviews.tasks import roll_up_counters
from search.tasks import update_search

if TYPE_CHECKING:
    from django.db.models import QuerySet


def publish_review(review: Review) -> Review:
    """Save a new review. Raises IntegrityError when its author has reviewed the product already."""
    review.verified = Order.objects.filter(person=review.author, product=review.product).exists()
    review.category_id = review.product.category_id
    with transaction.atomic():
        review.save(force_insert=True)
        Reviewer.objects.get_or_create(person_id=review.author_id)
        purge(name_reviews_tag(review.product_id))
    _follow_at_once()
    return review


def withdraw_review(review: Review) -> None:
    """Delete a review with its votes. Nothing happens when it is gone already."""
    withdraw_reviews(Review.objects.filter(pk=review.pk))


def withdraw_reviews(reviews: QuerySet[Review]) -> None:
    """Delete many."""
    with transaction.atomic():
        purge(*map(name_reviews_tag, _name_products(reviews)))
        reviews.delete()
    _follow_at_once()


def set_published(reviews: QuerySet[Review], published: bool) -> int:
    """Show or hide reviews, in one statement; how many that changed."""
    others = reviews.filter(published=not published)
    with transaction.atomic():
        purge(*map(name_reviews_tag, _name_products(others)))
        changed = others.update(published=published)
    _follow_at_once()
    return changed


def vote_helpful(review: Review, voter_id: int) -> bool:
    """Keep a member's vote; whether it was new."""
    try:
        with transaction.atomic():
            HelpfulVote.objects.create(review=review, voter_id=voter_id)
            purge(name_reviews_tag(review.product_id))
    except IntegrityError:
        return False
    _follow_at_once()
    return True


def _name_products(reviews: QuerySet[Review]) -> set[int]:
    return set(reviews.order_by().values_list("product_id", flat=True))


def _follow_at_once() -> None:
    """In development and tests no scheduler runs that would do it in a moment."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        roll_up_counters()
        update_search()

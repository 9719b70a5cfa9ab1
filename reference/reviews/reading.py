"""Reads reviews: the columns that are shown, their authors in the same query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count

from reviews.authors import NAME_FIELDS

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from products.models import Product
    from reviews.models import Review


SHOWN = (
    *("product_id", "rating", "title", "text", "verified", "helpful_count", "submitted_at"),
    *(f"author__{name}" for name in NAME_FIELDS),
)
"""The columns of a review that lists show, and of its author those that make a name."""


def with_author(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """With the author's name, and nothing else of the person."""
    return reviews.select_related("author").only(*SHOWN)


def with_author_and_product(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Where reviews of several products stand together: with the name and address of each product too."""
    return reviews.select_related("author", "product").only(*SHOWN, "product__name", "product__slug")


def count_ratings(product: Product) -> dict[int, int]:
    """How many published reviews gave each number of stars, 1 to 5. One query, grouped by the database."""
    counted = dict(
        product.reviews.filter(published=True).order_by().values_list("rating").annotate(rows=Count("pk"))
    )
    return {rating: counted.get(rating, 0) for rating in range(1, 6)}

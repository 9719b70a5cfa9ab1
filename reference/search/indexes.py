"""What is searched. Triggers tell what changed, `search.tasks` writes it to the index within seconds."""

from __future__ import annotations

from django.db.models import Q
from django_tenfold.search.index import SearchIndex

LANGUAGE = "english"


class ProductIndex(SearchIndex):
    model = "products.Product"
    text = {"name": "A", "description": "B", "category__name": "C"}
    facets = ("category",)
    language = LANGUAGE


class ReviewIndex(SearchIndex):
    """Published reviews alone: one that is hidden leaves the index."""

    model = "reviews.Review"
    text = {"title": "A", "text": "B"}
    facets = ("category", "rating")
    language = LANGUAGE
    where = Q(published=True)

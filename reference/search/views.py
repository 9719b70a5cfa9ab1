"""The page of results."""

from __future__ import annotations

from typing import Any

from django.views.generic import TemplateView
from django_tenfold.cache.pages import CachedPage
from django_tenfold.cache.rows import get_many_cached
from django_tenfold.search.searching import search

from products.models import Category, Product
from reviews.models import Review
from reviews.reading import with_author_and_product
from search.indexes import ProductIndex, ReviewIndex

LONGEST = 100
"""Characters of a question; what is longer is cut."""
PRODUCTS, REVIEWS = 8, 10
"""Shown on a page."""


class Results(CachedPage, TemplateView):
    """Reviews in pages, and above the first the products; both may be narrowed to a category, reviews to stars."""

    template_name = "search/results.html"
    # What is found follows changes within seconds: nothing is to be taken back.
    cache_page = {"seconds": 60, "query": ["q", "category", "stars", "after"]}

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        words = self.request.GET.get("q", "").strip()[:LONGEST]
        found = find(words, self.request.GET.dict()) if words.strip("\0") else {}
        return super().get_context_data(words=words, **found, **named)


def find(words: str, asked: dict[str, str]) -> dict[str, Any]:
    """What the page shows. Raises BadSearchError (status 400) for a category, stars or a page that cannot be."""
    category, stars, after = (asked.get(name, "") for name in ("category", "stars", "after"))
    narrowed = {"category": category} if category else {}
    found = search(
        ReviewIndex,
        words,
        filters={**narrowed, "rating": stars} if stars else narrowed,
        after=after,
        limit=REVIEWS,
    )
    return {
        "found": found,
        "products": [] if after else find_products(words, category),
        "reviews": load_reviews(found),
        "categories": name_categories(found.facets["category"]),
        "category": category,
        "stars": stars,
        "after": after,
    }


def find_products(words: str, category: str) -> list[Product]:
    """Best first: their keys from the index, their rows from the cache. Where none has all words, those with most."""
    filters = {"category": category} if category else {}
    found = search(ProductIndex, words, filters=filters, facets=(), limit=PRODUCTS)
    apart = words.split()
    if not found.hits and len(apart) > 1 and all(map(str.isalnum, apart)):
        found = search(ProductIndex, " or ".join(apart), filters=filters, facets=(), limit=PRODUCTS)
    return [*get_many_cached(Product, [hit.key for hit in found.hits]).values()]


def load_reviews(found: Any) -> list[Review]:
    """In the order of the hits; `found` of each has its title and text with the words marked."""
    highlights = {hit.key: hit.highlights for hit in found.hits}
    reviews = found.load(with_author_and_product(Review.objects.all()))
    for review in reviews:
        review.found = highlights[review.pk]
    return reviews


def name_categories(counted: Any) -> list[tuple[Category, int]]:
    known = get_many_cached(Category, [one.value for one in counted])
    return [(known[one.value], one.count) for one in counted if one.value in known]

"""Finds products and reviews: by their words, by likeness of spelling, or by parts of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, TrigramWordSimilarity
from django.db import connections, router
from django.db.models import F, Q

from products.models import Product
from reviews.models import Review

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet

MOST = 500
"""Matches that are ranked: to rank all that hold a common word would read a part of the table."""
LANGUAGE = "english"


def find_products(words: str) -> QuerySet[Product]:
    """Best first. When no product has the words, those with the most alike spelling."""
    if not _has_text_search(Product):
        return _find_parts(Product.objects.order_by("-review_count", "pk"), words, ("name", "description"))
    matches = _match(Product.objects.all(), words, ("name", "description"))
    if matches:
        return _rank(Product, words, ("name", "description"), matches)
    return (
        Product.objects.filter(name__trigram_word_similar=words)
        .annotate(likeness=TrigramWordSimilarity(words, "name"))
        .order_by("-likeness", "pk")
    )


def find_reviews(words: str) -> QuerySet[Review]:
    """Published reviews with the words, best first."""
    shown = Review.objects.filter(published=True)
    if not _has_text_search(Review):
        return _find_parts(shown.order_by("-helpful_count", "-pk"), words, ("title", "text"))
    return _rank(Review, words, ("title", "text"), _match(shown, words, ("title", "text")))


def _has_text_search(model: type[Model]) -> bool:
    return connections[router.db_for_read(model)].vendor == "postgresql"


def _match(rows: QuerySet, words: str, columns: Iterable[str]) -> list[int]:
    """Keys of at most MOST rows with the words, by the index on the same expression (the model's TextIndex)."""
    query = SearchQuery(words, config=LANGUAGE, search_type="websearch")
    document = SearchVector(*columns, config=LANGUAGE)
    found = rows.order_by().annotate(document=document).filter(document=query)
    return list(found.values_list("pk", flat=True)[:MOST])


def _rank(model: type[Model], words: str, columns: Iterable[str], matches: list[int]) -> QuerySet:
    """Those rows, best first."""
    query = SearchQuery(words, config=LANGUAGE, search_type="websearch")
    return (
        model.objects.filter(pk__in=matches)
        .annotate(likeness=SearchRank(SearchVector(*columns, config=LANGUAGE), query))
        .order_by(F("likeness").desc(), "-pk")
    )


def _find_parts(rows: QuerySet, words: str, columns: tuple[str, ...]) -> QuerySet:
    """Every word in any of the columns: reads the whole table, for engines without an index for it."""
    condition = Q()
    for word in words.split():
        condition &= Q(**{f"{columns[0]}__icontains": word}) | Q(**{f"{columns[1]}__icontains": word})
    return rows.filter(condition)

"""What the tests search."""

from __future__ import annotations

from django.db.models import Q

from django_tenfold.search.index import SearchIndex


class ArticleIndex(SearchIndex):
    model = "articles.Article"
    text = {"title": "A", "body": "B", "maker__name": "C"}
    facets = ("language", "rating", "maker", "price", "day")
    language = "english"
    where = Q(published=True)


class PlainIndex(SearchIndex):
    """Every row, so that a trigger can tell which changes count."""

    model = "articles.Article"
    text = {"title": "A"}


class TagIndex(SearchIndex):
    model = "articles.Tag"
    text = {"label": "A"}


class ReviewIndex(SearchIndex):
    """Of the benchmark: two texts and two facets."""

    model = "articles.Article"
    text = {"title": "A", "body": "B"}
    facets = ("language", "rating")
    language = "english"

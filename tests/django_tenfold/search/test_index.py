from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan

from django_tenfold.search.conditions import describe_condition
from django_tenfold.search.index import SearchIndex, shape_of
from tests.django_site.articles.models import Article
from tests.django_site.articles.search import ArticleIndex


def declare(**attributes: Any) -> type[SearchIndex]:
    return type(
        "SomeIndex", (SearchIndex,), {"model": "articles.Article", "text": {"title": "A"}, **attributes}
    )


def test_a_declaration_knows_every_table_that_it_reads() -> None:
    shape = shape_of(ArticleIndex)
    assert shape.name == "article"
    assert [(hop.path, hop.model.__name__) for hop in shape.hops] == [("", "Article"), ("maker", "Maker")]
    assert shape.hops[0].columns == (
        "body",
        "day",
        "language",
        "maker_id",
        "price",
        "published",
        "rating",
        "title",
    )
    assert shape.hops[1].columns == ("name",)


def test_a_condition_reads_the_columns_of_its_lookups_and_expressions() -> None:
    where = Q(maker__name__istartswith="a", facts__color="red") | ~Q(visits=F("rating") + 1) | Q(pk__in=[1])
    shape = shape_of(declare(where=where | Q(GreaterThan(F("price"), 1)) | Q(day__year__gte=2020)))
    assert shape.hops[0].columns == ("day", "facts", "id", "maker_id", "price", "rating", "title", "visits")
    assert shape.hops[1].columns == ("name",)


def test_a_condition_is_told_the_same_whatever_the_order_of_a_set() -> None:
    many = [f"word{number}" for number in range(50)]
    told = describe_condition(Q(title__in={*many}) & ~Q(F("day")))
    assert told == describe_condition(Q(title__in={*reversed(many)}) & ~Q(F("day")))
    assert told != describe_condition(Q(title__in={*many}) & Q(F("day")))
    assert describe_condition(object()) == "<object object>"


def test_the_fingerprint_follows_the_declaration() -> None:
    same, other = declare(), declare(where=Q(rating__gt=2))
    assert shape_of(declare()).fingerprint == shape_of(same).fingerprint != shape_of(other).fingerprint


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"model": "articles.Nothing"}, "not installed"),
        ({"model": None}, "names no model"),
        ({"text": {}}, "has no text"),
        ({"text": {"title": "Z"}}, "must be one of A, B, C, D"),
        ({"text": {"titel": "A"}}, "titel"),
        ({"text": {"title__name": "A"}}, "no foreign key"),
        ({"text": {"maker__article__title": "A"}}, "several values"),
        ({"facets": ["facts"]}, "JSONField"),
        ({"name": "x; drop table"}, "small letters"),
        ({"language": "english'; --"}, "no name of a text search configuration"),
        ({"where": Q(maker__article__title="Lamp")}, "several values"),
        ({"where": Q(maker__in=Article.objects.values("maker"))}, "QuerySet: what it reads changes"),
        ({"where": Q(Exists(Article.objects.filter(pk=OuterRef("pk"))))}, "Exists: what it reads changes"),
        ({"where": Q(day__lte=Now())}, "Now: what it reads changes"),
        ({"where": Q(titel="Lamp")}, "titel"),
        ({"model": "goods.GuardedChild", "text": {"note": "A"}}, "stands in the table of goods.Guarded"),
    ],
)
def test_what_cannot_be_declared_is_refused_with_a_reason(attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=reason):
        shape_of(declare(**attributes))

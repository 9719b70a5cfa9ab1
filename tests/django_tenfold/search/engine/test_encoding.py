from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from django_tenfold.search.engine.encoding import analyzer_of, decode, encode, facet_mapping, key_mapping
from django_tenfold.search.index import shape_of
from tests.django_site.articles.search import ArticleIndex, TagIndex

UTC = st.just(datetime.UTC)
VALUES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (models.IntegerField(), st.integers(-(2**31), 2**31 - 1)),
    (models.BooleanField(), st.booleans()),
    (models.FloatField(), st.floats(allow_nan=False, allow_infinity=False)),
    (models.DecimalField(max_digits=18, decimal_places=4), st.decimals(-(10**13), 10**13, places=4)),
    (models.DateField(), st.dates()),
    (models.DateTimeField(), st.datetimes(timezones=UTC)),
    (models.TimeField(), st.times()),
    (models.UUIDField(), st.uuids()),
    (models.CharField(max_length=9), st.text()),
]


@pytest.mark.parametrize(("field", "values"), VALUES, ids=[type(field).__name__ for field, _ in VALUES])
def test_every_value_comes_back_and_keeps_its_order(field: Any, values: st.SearchStrategy[Any]) -> None:
    @given(values, values)
    def compare(one: Any, other: Any) -> None:
        there, back = encode(field, one), encode(field, other)
        assert decode(field, there) == one
        assert (there < back) == (one < other)

    compare()


def test_nothing_stays_nothing_in_every_field() -> None:
    assert [encode(field, None) for field, _ in VALUES] == [None] * len(VALUES)


def test_one_moment_in_two_time_zones_is_one_value() -> None:
    field = models.DateTimeField()
    moment = datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)
    assert encode(field, moment) == encode(
        field, moment.astimezone(datetime.timezone(datetime.timedelta(hours=5)))
    )


def test_what_an_engine_would_order_otherwise_is_refused() -> None:
    shape = shape_of(ArticleIndex)
    text_key: Any = SimpleNamespace(name="some", key_field=models.CharField(max_length=9))
    with pytest.raises(ImproperlyConfigured, match="whole numbers and UUIDs as keys: a CharField"):
        key_mapping(text_key)
    assert key_mapping(shape) == {"type": "long"}
    assert key_mapping(shape_of(TagIndex)) == {"type": "keyword"}
    with pytest.raises(ImproperlyConfigured, match="up to 18 digits"):
        facet_mapping(shape, models.DecimalField(max_digits=19, decimal_places=2))
    assert uuid.UUID(encode(models.UUIDField(), uuid.UUID(int=1))).int == 1
    assert encode(models.DecimalField(max_digits=8, decimal_places=2), Decimal("19.9")) == 1990


def test_a_language_without_an_analyzer_is_refused() -> None:
    nepali: Any = SimpleNamespace(name="some", language="nepali")
    with pytest.raises(ImproperlyConfigured, match="no analyzer for 'nepali'"):
        analyzer_of(nepali)

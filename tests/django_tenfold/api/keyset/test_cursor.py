"""Cursors come back as they were, and nothing else is followed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.signing import dumps
from django.test import override_settings

from django_tenfold.api.keyset import KeysetPaginator
from django_tenfold.api.keyset.cursor import SALT, BadCursor, Cursor, read_cursor, write_cursor
from tests.django_site.records.models import Record

VALUES = (
    None,
    True,
    -7,
    2.5,
    float("inf"),
    "it's",
    Decimal("1.10"),
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    date(2026, 1, 2),
    time(1, 2, 3, 4),
    timedelta(days=-1, microseconds=5),
    UUID(int=5),
    b"\x00\xff",
)


def test_every_kind_of_value_comes_back_from_a_cursor_as_it_was() -> None:
    text = write_cursor(Cursor(VALUES, backward=True), "shape")
    assert read_cursor(text, "shape", keys=len(VALUES)) == Cursor(VALUES, backward=True)


def refuse(text: str, shape: str = "shape", **named: float) -> str:
    with pytest.raises(BadCursor) as told:
        read_cursor(text, shape, keys=1, **named)
    return told.value.reason


def test_each_reason_to_refuse_a_cursor_is_told() -> None:
    good = write_cursor(Cursor((1,)), "shape")
    assert refuse("nonsense") == "malformed"
    assert refuse("x" * 5_000) == "malformed"
    assert refuse("a:b:c") == "forged"
    assert refuse("\u2603:a:b") == refuse("\ud800:a:b") == "malformed"
    assert refuse(good[:-1] + ("A" if good[-1] != "A" else "B")) == "forged"
    assert refuse("X" + good[1:]) == "forged"
    assert refuse(good, "another") == "other list"
    assert refuse(write_cursor(Cursor((1, 2)), "shape")) == "other list"
    assert refuse(good, max_age=-1) == "expired"
    assert refuse(dumps({"not": "ours"}, salt=SALT)) == "malformed"
    with override_settings(SECRET_KEY="another key"):
        assert refuse(good) == "forged"
    with override_settings(SECRET_KEY="another key", SECRET_KEY_FALLBACKS=["only for the tests"]):
        assert read_cursor(good, "shape", keys=1) == Cursor((1,))


def test_a_cursor_is_good_for_its_order_and_filters_alone() -> None:
    def paginate(rows: object, *order: str) -> KeysetPaginator:
        return KeysetPaginator(rows, order_by=order)

    rows = Record.objects.using("default")
    with override_settings():
        first = paginate(rows.filter(rank=1), "score")
        assert first._read(first.last) == Cursor(None, backward=True)
        assert paginate(rows.filter(rank=2), "score")._read(first.last), "another value of the same filter"
        for other in (
            paginate(rows.filter(rank=1), "-score"),
            paginate(rows.filter(rank__gt=1), "score"),
            paginate(rows.filter(score=1), "score"),
            paginate(rows, "score"),
        ):
            with pytest.raises(BadCursor, match="another order or other filters"):
                other._read(first.last)


def test_values_too_long_or_strange_for_a_cursor_are_refused_when_it_is_made() -> None:
    with pytest.raises(TypeError, match="order by shorter columns"):
        write_cursor(Cursor(("x" * 5_000,)), "shape")
    with pytest.raises(TypeError, match="cannot hold set"):
        write_cursor(Cursor((set(),)), "shape")

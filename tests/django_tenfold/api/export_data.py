"""Rows with what makes exports wrong: formulas, quotes, newlines, NULLs and empty text, every kind of value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.django_site.records.models import Owner, Record

COLUMNS = (
    "id",
    "owner__name",
    "title",
    "kind",
    "rank",
    "score",
    "price",
    "weight",
    "made",
    "day",
    "token",
    "facts",
    "active",
)
TITLES = (
    "plain",
    "",
    "=1+1",
    "+1",
    "-1",
    "@a",
    "\ta",
    "\ra",
    'say "hi", you',
    "two\nlines",
    "back\\slash \\.",
    "É 100% ünïcode \u2028",
    "\\.",
    "'=quoted",
    "\n=1",
    "\uff1d1+1",
)


def make_rows() -> None:
    owners = Owner.objects.bulk_create([Owner(name="=Ann"), Owner(name="Bob")])
    made = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    Record.objects.bulk_create(
        Record(
            title=title,
            owner=[None, *owners][number % 3],
            kind="ab"[number % 2],
            rank=-number,
            score=None if number % 2 else -number,
            price=None if number % 3 else Decimal("-10.50"),
            weight=[None, 1.0, -2.5, 1e20, 0.1][number % 5],
            made=[None, made, made + timedelta(milliseconds=750), made + timedelta(microseconds=1)][
                number % 4
            ],
            day=None if number % 2 else date(2026, 1, number + 1),
            token=None if number % 2 else UUID(int=number),
            facts=[None, {"a": "=é", "b": [1, None]}, "text", -5][number % 4],
            active=bool(number % 2),
            took=timedelta(seconds=number),
        )
        for number, title in enumerate(TITLES)
    )

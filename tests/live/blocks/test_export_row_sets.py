"""Exports of querysets whose rows no key tells apart, and times of every zone, by COPY and by iteration."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from django_tenfold.api.export import BadAfter, stream_rows
from django_tenfold.api.export import answers as export
from django_tenfold.api.export import rows as export_rows
from tests.django_site.databases import databases
from tests.django_site.records.models import Owner, Record
from tests.django_tenfold.api.export_data import make_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


def in_places() -> Any:
    return Record.objects.annotate(place=Window(RowNumber(), order_by="id"))


def read_rows(made: str, kind: str) -> list[tuple[Any, ...]]:
    if kind == "csv":
        return [tuple(row) for row in csv.reader(io.StringIO(made))][1:]
    return [tuple(json.loads(line).values()) for line in made.split("\n")[:-1]]


def show(value: Any, kind: str) -> Any:
    """A value as the export has it."""
    if kind == "csv":
        return "" if value is None else str(value)
    return str(value) if isinstance(value, Decimal) else value


ROW_SETS: dict[str, tuple[Callable[[], Any], list[str], bool]] = {
    "distinct": (lambda: Owner.objects.filter(record__rank__lt=0).distinct(), ["name"], True),
    "distinct and ordered": (lambda: Record.objects.distinct().order_by("-rank"), ["title"], False),
    "distinct values": (lambda: Record.objects.values("kind").distinct(), ["kind"], False),
    "distinct values in order": (
        lambda: Record.objects.values("kind").distinct().order_by("-kind"),
        ["kind"],
        False,
    ),
    "groups": (lambda: Record.objects.values("kind").annotate(n=Count("id")), ["kind", "n"], False),
    "aggregates": (lambda: Owner.objects.annotate(n=Count("record")), ["name", "n"], True),
    "windows": (in_places, ["rank", "place"], False),
    "a filter by a window": (lambda: in_places().filter(place__gt=5), ["rank"], False),
    "a to-many relation": (lambda: Owner.objects.all(), ["name", "record__rank"], False),
    "an annotation of one": (lambda: Owner.objects.annotate(r=F("record__rank")).distinct(), ["r"], False),
    "repeated rows": (lambda: Owner.objects.filter(record__rank__lt=0), ["name"], False),
    "union": (
        lambda: Record.objects.filter(rank=0).union(Record.objects.filter(rank=-1)),
        ["id", "price"],
        False,
    ),
}
"""Querysets, what of them is exported, and whether a key tells one row of them."""


@pytest.mark.parametrize("name", ROW_SETS)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("copied", [True, False])
def test_an_export_has_the_rows_of_its_queryset_whatever_makes_them(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: str, copied: bool
) -> None:
    """In parts by key some were joined by their key, others numbered anew; Django orders by columns it adds."""
    make_rows()
    make, columns, by_key = ROW_SETS[name]
    monkeypatch.setattr(export_rows, "CHUNK_ROWS", 2)
    monkeypatch.setattr(export_rows, "BATCH_ROWS", 2)
    if not copied:
        monkeypatch.setattr(export, "why_not_copy", lambda *_: "for the test")
    made = b"".join(stream_rows(make(), columns, kind=kind, safe=False)).decode()
    told = read_rows(made, kind)
    wanted = [tuple(show(value, kind) for value in row) for row in make().values_list(*columns)]
    assert sorted(told, key=repr) == sorted(wanted, key=repr)
    if make().ordered:
        assert told == wanted
    if by_key:
        stream_rows(make(), columns, after="1").close()
    else:
        with pytest.raises(BadAfter, match="does not come by key"):
            stream_rows(make(), columns, after="1")


def test_without_columns_what_values_selects_is_exported() -> None:
    make_rows()
    groups = Record.objects.values("kind").annotate(n=Count("id")).order_by("kind")
    assert b"".join(stream_rows(groups)) == b"kind,n\na,8\nb,8\n"


def test_a_legacy_time_without_a_zone_gets_none_in_json_lines() -> None:
    make_rows()
    with connection.cursor() as cursor:
        cursor.execute("alter table records_record alter column made type timestamp")
    try:
        made = b"".join(stream_rows(Record.objects.all(), ["made"], kind="jsonl")).decode()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("alter table records_record alter column made type timestamptz")
    assert read_rows(made, "jsonl")[1:3] == [("2026-01-02T03:04:05",), ("2026-01-02T03:04:05.75",)]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich", "Asia/Kathmandu", "America/St_Johns"])
def test_times_of_a_csv_are_one_text_in_every_zone(
    monkeypatch: pytest.MonkeyPatch, postgres_database: Servers, zone: str
) -> None:
    make_rows()
    with databases({"default": postgres_database.database_entry(TIME_ZONE=zone)}):
        copied = b"".join(stream_rows(Record.objects.all(), ["made", "title"]))
        monkeypatch.setattr(export, "why_not_copy", lambda *_: "for the test")
        iterated = b"".join(stream_rows(Record.objects.all(), ["made", "title"]))
    assert copied == iterated

"""Exports by iteration: what is written, where it goes on, what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import FieldError
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Upper
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from django_tenfold.api.export import BadAfter, export_response, stream_rows
from django_tenfold.api.export import rows as export_rows
from django_tenfold.api.export.columns import Column, find_columns, why_not_copy
from django_tenfold.api.export.text import FORMULA
from tests.django_site.records.models import Record
from tests.django_tenfold.api.export_data import COLUMNS, TITLES, make_rows

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

pytestmark = pytest.mark.usefixtures("sqlite_database")


def read_csv(*args: Any, **named: Any) -> list[list[str]]:
    text = b"".join(stream_rows(*args, **named)).decode()
    return [*csv.reader(io.StringIO(text, newline=""))]


def test_an_order_that_was_taken_away_leaves_that_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Record._meta, "ordering", ["-rank"])
    assert not export_rows.is_resumable(Record.objects.all(), ())
    assert export_rows.is_resumable(Record.objects.order_by(), ())


def test_every_row_and_value_is_in_the_csv() -> None:
    make_rows()
    header, *rows = read_csv(Record.objects.all(), COLUMNS, safe=False)
    assert header == [*COLUMNS]
    assert [row[2] for row in rows] == [*TITLES]
    assert rows[0][4:] == [
        "0",
        "0",
        "-10.50",
        "",
        "",
        "2026-01-01",
        "00000000-0000-0000-0000-000000000000",
        "",
        "false",
    ]
    assert rows[1][8] == "2026-01-02 03:04:05+00"
    assert rows[2][8] == "2026-01-02 03:04:05.75+00"
    assert [json.loads(row[11]) for row in rows[1:4]] == [{"a": "=é", "b": [1, None]}, "text", -5]


def test_no_cell_or_header_begins_a_formula_but_numbers_keep_their_sign() -> None:
    make_rows()
    header, *rows = read_csv(Record.objects.all(), [Column("title", "=title"), "owner__name", "rank"])
    assert header[0] == "'=title"
    assert [row[0] for row in rows[2:8]] == ["'=1+1", "'+1", "'-1", "'@a", "'\ta", "'\ra"]
    assert [row[0] for row in rows[-2:]] == ["'\n=1", "'\uff1d1+1"]
    assert rows[1][1] == "'=Ann"
    assert rows[3][2] == "-3"
    assert not [cell for row in rows for cell in row[:2] if cell[:1] and cell[0] in FORMULA]


def test_nothing_is_told_apart_from_empty_text() -> None:
    make_rows()
    lines = b"".join(stream_rows(Record.objects.all()[:2], ["title", "owner__name"])).decode().splitlines()
    assert lines == ["title,owner__name", "plain,", '"",\'=Ann']


def test_labels_renders_and_headers_are_the_callers() -> None:
    make_rows()
    columns = [Column("id", "Number"), "kind", Column("rank", "Twice", render=lambda rank: rank * 2), "took"]
    header, first, second, *_ = read_csv(Record.objects.all(), columns, labels=True)
    assert header == ["Number", "kind", "Twice", "took"]
    assert [first[1], second[1:]] == ["An apple", ["'=A bean", "-2", "0:00:01"]]


class Phone:
    """As a field of a library gives it."""

    def __init__(self, number: str) -> None:
        self.number = number

    def __str__(self) -> str:
        return self.number


@pytest.mark.parametrize("told", ["=1+1", "+41 44 000 00 00", "@a", "\t=1"])
def test_the_text_of_an_object_is_guarded_as_text_is(told: str) -> None:
    make_rows()
    columns = [Column("rank", render=lambda _: Phone(told)), Column("id", render=lambda _: Decimal("-5.0"))]
    rows = read_csv(Record.objects.all()[:1], columns)
    assert rows[1] == ["'" + told, "-5.0"]
    assert read_csv(Record.objects.all()[:1], columns, safe=False)[1][0] == told


def test_json_lines_hold_the_values_by_name() -> None:
    make_rows()
    lines = b"".join(stream_rows(Record.objects.all(), COLUMNS, kind="jsonl")).decode().split("\n")
    rows = [json.loads(line) for line in lines[:-1]]
    assert [row["title"] for row in rows] == [*TITLES], "no formula is guarded: JSON is no spreadsheet"
    assert [*rows[0]] == [*COLUMNS]
    assert (rows[0]["price"], rows[0]["active"], rows[0]["owner__name"]) == ("-10.50", False, None)
    assert (rows[1]["made"], rows[1]["facts"]) == ("2026-01-02T03:04:05+00:00", {"a": "=é", "b": [1, None]})
    assert (rows[2]["made"], rows[2]["facts"]) == ("2026-01-02T03:04:05.75+00:00", "text")


def test_a_cut_export_goes_on_behind_its_last_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    make_rows()
    monkeypatch.setattr(export_rows, "BATCH_ROWS", 3)
    whole = b"".join(stream_rows(Record.objects.all(), ["id", "rank"]))
    lines = whole.decode().splitlines(keepends=True)
    for cut in range(1, len(lines)):
        key = lines[cut].split(",")[0]
        rest = b"".join(stream_rows(Record.objects.all(), ["id", "rank"], after=key))
        assert "".join(lines[: cut + 1]).encode() + rest == whole
    with CaptureQueriesContext(connection) as asked:
        [*stream_rows(Record.objects.all(), ["id"])]
    assert len(asked) == len(TITLES) // 3 + 1
    assert not [one for one in asked if "OFFSET" in one["sql"]]


def test_an_order_or_slice_of_its_own_is_kept_and_cannot_go_on_after_a_key() -> None:
    make_rows()
    rows = Record.objects.order_by("rank")
    assert [row[0] for row in read_csv(rows, ["rank"])[1:3]] == ["-15", "-14"]
    assert len(read_csv(Record.objects.all()[:4], ["rank"])) == 5
    for refused in (rows, Record.objects.all()[:4]):
        with pytest.raises(BadAfter, match="does not come by key"):
            stream_rows(refused, ["rank"], after="3")
    with pytest.raises(BadAfter, match="the key of the last line"):
        stream_rows(Record.objects.all(), ["rank"], after="x")


def test_annotations_and_filters_are_exported_and_bad_columns_refused_at_once() -> None:
    make_rows()
    loud = Record.objects.annotate(loud=Upper("title"), pk_of=F("pk")).filter(rank=0)
    assert read_csv(loud, ["loud", "pk"])[1:] == [["PLAIN", str(Record.objects.get(rank=0).pk)]]
    assert read_csv(Record.objects.none(), ["rank"]) == [["rank"]]
    assert len(read_csv(Record.objects.all())[0]) == len(Record._meta.concrete_fields)
    with pytest.raises(FieldError):
        stream_rows(Record.objects.all(), ["nothing"])
    for columns in ([], ["rank", "rank"], [Column("rank", "a"), Column("id", "a")]):
        with pytest.raises(TypeError, match="a header of its own"):
            stream_rows(Record.objects.all(), columns)
    with pytest.raises(ValueError, match="csv or jsonl, not 'xls'"):
        stream_rows(Record.objects.all(), kind="xls")


def test_the_reason_to_iterate_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    make_rows()
    columns = find_columns(Record.objects.all(), ["id", "took"], labels=False)
    assert why_not_copy(Record.objects.all(), columns) == "COPY is PostgreSQL's; this is sqlite"
    assert columns[1].reason == "took is a DurationField, whose text Python writes"
    caplog.set_level(logging.INFO, "django_tenfold.api")
    [*stream_rows(Record.objects.all())]
    assert f"records.Record complete: {len(TITLES)} rows" in caplog.text
    cut = stream_rows(Record.objects.all())
    next(cut)
    cut.close()
    assert "records.Record cut: 0 rows" in caplog.text


def test_a_response_is_a_download_that_is_packed_for_those_who_take_it() -> None:
    make_rows()
    plain = export_response(RequestFactory().get("/"), Record.objects.all(), filename="all.csv")
    assert plain.headers["Content-Disposition"] == 'attachment; filename="all.csv"'
    assert plain.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Content-Encoding" not in plain.headers
    refused = RequestFactory().get("/", headers={"Accept-Encoding": "gzip;q=0.0, br"})
    assert "Content-Encoding" not in export_response(refused, Record.objects.all()).headers
    packed = export_response(
        RequestFactory().get("/", headers={"Accept-Encoding": "br, gzip; q=0.5"}),
        Record.objects.all(),
        kind="csv",
    )
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.getvalue()) == plain.getvalue()


def test_a_head_has_the_headers_of_the_download_and_reads_no_row() -> None:
    make_rows()
    got, head = (
        export_response(getattr(RequestFactory(), method)("/"), Record.objects.all())
        for method in ("get", "head")
    )
    with CaptureQueriesContext(connection) as asked:
        assert head.getvalue() == b""
    assert len(asked) == 0
    assert head.headers == got.headers


def test_an_after_that_cannot_be_followed_is_400_with_its_reason() -> None:
    answer = export_response(RequestFactory().get("/?after=x"), Record.objects.all())
    assert (answer.status_code, answer.content) == (
        400,
        b"after must be the key of the last line that arrived whole.",
    )
    no_text = RequestFactory().get("/?after=a%00b")
    assert export_response(no_text, Record.objects.all()).status_code == 400
    huge = export_response(RequestFactory().get("/?after=" + "9" * 30), Record.objects.all(), ["id"])
    assert huge.getvalue() == b""


def test_coroutines_stream_without_holding_the_loop() -> None:
    async def read(response: StreamingHttpResponse) -> list[bytes]:
        return [block async for block in response]

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    response = export_response(ASGIRequest(scope, io.BytesIO()), Record.objects.all(), ["rank"])
    assert response.is_async
    assert b"".join(async_to_sync(read)(response)) == b"rank\n"

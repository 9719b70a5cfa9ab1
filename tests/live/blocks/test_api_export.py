"""Exports by COPY: the text of iteration, parts that go on, connections that come back."""

from __future__ import annotations

import gzip
import io
import json
import socket
import threading
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, connections
from django.db.models import Max
from django.db.models.functions import TruncHour, Upper
from django.test import RequestFactory, override_settings
from django.urls import path

from django_tenfold.api.export import answers as export
from django_tenfold.api.export import export_response, stream_rows
from django_tenfold.api.export import rows as export_rows
from django_tenfold.api.export.columns import Column, find_columns, why_not_copy
from tests.django_site.records.models import Record
from tests.django_tenfold.api.export_data import COLUMNS, TITLES, make_rows
from tests.live.blocks.export_copies import copies_running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


def both_ways(monkeypatch: pytest.MonkeyPatch, rows: Any, columns: Any, **named: Any) -> tuple[bytes, bytes]:
    """What COPY writes and what iteration writes."""
    assert why_not_copy(rows, find_columns(rows, columns, labels=False)) == ""
    copied = b"".join(stream_rows(rows, columns, **named))
    with monkeypatch.context() as patched:
        patched.setattr(export, "why_not_copy", lambda *_: "for the test")
        return copied, b"".join(stream_rows(rows, columns, **named))


@pytest.mark.parametrize("safe", [True, False])
def test_copy_and_iteration_write_the_same_bytes(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    make_rows()
    copied, iterated = both_ways(monkeypatch, Record.objects.all(), COLUMNS, safe=safe)
    assert copied.decode() == iterated.decode()
    assert len(copied.splitlines()) > len(TITLES)
    assert (b"'=1+1" in copied) == safe
    ordered = Record.objects.filter(title__contains="%").annotate(loud=Upper("title")).order_by("-rank")
    copied, iterated = both_ways(monkeypatch, ordered, ["loud", Column("rank", "100 %")], safe=safe)
    assert copied == iterated == "loud,100 %\nÉ 100% ÜNÏCODE \u2028,-11\n".encode()
    copied, iterated = both_ways(monkeypatch, Record.objects.none(), ["id"], safe=safe)
    assert copied == iterated == b"id\n"


def test_copied_json_lines_are_those_of_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    make_rows()
    columns = [*COLUMNS, Column("rank", 'a "100%" name')]
    ways = both_ways(monkeypatch, Record.objects.all(), columns, kind="jsonl")
    copied, iterated = ([json.loads(line) for line in way.decode().split("\n")[:-1]] for way in ways)
    assert copied == iterated
    assert [row["title"] for row in copied] == [*TITLES]
    assert copied[1]['a "100%" name'] == -1


FLAT = [name for name in COLUMNS if name != "facts"]


def read_lines(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.decode().split("\n")[:-1]]


def test_flat_json_lines_are_those_of_iteration_whatever_their_text_and_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_rows()
    odd = [
        *(chr(code) for code in range(1, 32)),
        "\x02,\x03x\x03:1}\n{",
        '"\\"\x03\n\\',
        "\\",
        '"',
        "null",
        "\x7f",
    ]
    Record.objects.bulk_create(Record(title=f"{text} and {text}") for text in odd)
    Record.objects.bulk_create(Record(weight=float(word)) for word in ("nan", "inf", "-inf"))
    columns = [*FLAT, Column("rank", 'a "100%" name\\'), Column("title", "it's"), Column("kind", "null")]
    for rows in (Record.objects.all(), Record.objects.filter(title__contains="%")):
        copied, iterated = (read_lines(way) for way in both_ways(monkeypatch, rows, columns, kind="jsonl"))
        assert copied == iterated
    for named in ([Column("title", "\x02")], ["id"], ["weight", "active"]):
        ways = both_ways(monkeypatch, Record.objects.all(), named, kind="jsonl")
        assert read_lines(ways[0]) == read_lines(ways[1])
    whole = read_lines(b"".join(stream_rows(Record.objects.all(), ["title"], kind="jsonl")))
    assert [row["title"] for row in whole[len(TITLES) :][: len(odd)]] == [
        f"{text} and {text}" for text in odd
    ]
    assert b"".join(stream_rows(Record.objects.none(), ["title"], kind="jsonl")) == b""


def test_times_in_json_lines_keep_their_zone_and_their_far_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    make_rows()
    in_utc = read_lines(b"".join(stream_rows(Record.objects.all(), ["made"], kind="jsonl")))
    assert in_utc[2] == {"made": "2026-01-02T03:04:05.75+00:00"}
    latest = Record.objects.values("kind").annotate(latest=Max("made")).order_by("kind")
    assert (
        read_lines(b"".join(stream_rows(latest, ["latest"], kind="jsonl")))[0]["latest"] == in_utc[2]["made"]
    )
    days = Record.objects.annotate(hour=TruncHour("made"))
    reasons = [one.reason for one in find_columns(days, ["hour"], labels=False)]
    assert reasons == ["hour is a DateTimeField, whose text Python writes"]
    with connection.cursor() as cursor:
        cursor.execute("update records_record set made = 'infinity' where made is null")
        cursor.execute("update records_record set made = '0044-03-15 12:00+00 BC' where rank = -1")
        cursor.execute("set time zone 'Asia/Kathmandu'")
    monkeypatch.setattr(connections["default"], "timezone_name", "Asia/Kathmandu")
    there = read_lines(b"".join(stream_rows(Record.objects.all(), ["made"], kind="jsonl")))
    assert [row["made"] for row in there[:1]] == ["infinity"]
    assert there[2] == {"made": "2026-01-02T08:49:05.75+05:45"}
    with connection.cursor() as cursor:
        cursor.execute("set time zone 'UTC'")
    monkeypatch.undo()
    here = read_lines(b"".join(stream_rows(Record.objects.all(), ["made"], kind="jsonl")))
    assert [row["made"] for row in here[:3]] == [
        "infinity",
        "0044-03-15T12:00:00+00:00 BC",
        "2026-01-02T03:04:05.75+00:00",
    ]


def test_labels_and_odd_fields_fall_back_to_iteration() -> None:
    make_rows()
    for columns, labels in ((["kind"], True), (["took"], False), ([Column("rank", render=str)], False)):
        assert why_not_copy(Record.objects.all(), find_columns(Record.objects.all(), columns, labels=labels))
    assert b"An apple" in b"".join(stream_rows(Record.objects.all(), ["kind"], labels=True))


def test_parts_by_key_make_the_whole_and_go_on_after_any_line(monkeypatch: pytest.MonkeyPatch) -> None:
    make_rows()
    whole = b"".join(stream_rows(Record.objects.all(), ["id", "title"]))
    monkeypatch.setattr(export_rows, "CHUNK_ROWS", 4)
    assert b"".join(stream_rows(Record.objects.all(), ["id", "title"])) == whole
    for key in Record.objects.values_list("pk", flat=True):
        rest = b"".join(stream_rows(Record.objects.all(), ["id", "title"], after=str(key)))
        assert whole.endswith(rest)
        assert len(rest.splitlines()) <= len(whole.splitlines()) - 1
    packed = b"".join(stream_rows(Record.objects.all(), ["id", "title"], gzip=True))
    assert gzip.decompress(packed) == whole


def test_parts_pass_over_gaps_in_the_keys_and_end_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(100)
    with connection.cursor() as cursor:
        cursor.execute("update records_record set id = id + 1000000 where id % 3 = 0")
    keys = [*Record.objects.order_by("pk").values_list("pk", flat=True)]
    monkeypatch.setattr(export_rows, "CHUNK_ROWS", 10)
    for rows, wanted in ((Record.objects.all(), keys), (Record.objects.filter(pk__in=keys[-2:]), keys[-2:])):
        copied = b"".join(stream_rows(rows, ["id"])).split()[1:]
        assert [int(key) for key in copied] == wanted
    monkeypatch.setattr(export_rows, "IntegerField", bytes)
    monkeypatch.setattr(export_rows, "AutoField", bytes)
    assert [int(key) for key in b"".join(stream_rows(Record.objects.all(), ["id"])).split()[1:]] == keys


def make_many(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into records_record (title, kind, rank, active)"
            " select repeat('x', 150), 'a', n, true from generate_series(1, %s) n",
            [number],
        )


def test_a_reader_who_leaves_cancels_the_copy_and_the_connection_serves_on(
    postgres_database: Servers,
) -> None:
    make_many(50_000)
    response = export_response(RequestFactory().get("/"), Record.objects.all(), ["id", "title"])
    blocks = iter(response)
    assert next(blocks) == b"id,title\n"
    assert next(blocks).count(b"\n") == export_rows.FIRST_LINES
    assert len(next(blocks)) >= export_rows.BLOCK * 0.8
    assert copies_running(postgres_database) == 1
    response.close()
    assert copies_running(postgres_database) == 0
    assert Record.objects.count() == 50_000


def test_a_coroutine_that_stops_reading_frees_the_connection(postgres_database: Servers) -> None:
    make_many(50_000)

    async def read_some() -> int:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        response = export_response(ASGIRequest(scope, io.BytesIO()), Record.objects.all(), ["id", "title"])
        blocks = response.streaming_content
        size = [len(await anext(blocks)) for _ in range(3)][-1]
        await blocks.aclose()
        return size

    assert async_to_sync(read_some)() > export_rows.BLOCK * 0.8
    assert copies_running(postgres_database) == 0
    assert Record.objects.count() == 50_000


def export_all(request: HttpRequest) -> HttpResponseBase:
    return export_response(request, Record.objects.all(), ["id", "title"])


urlpatterns = [path("all/", export_all)]


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests need no access log."""


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Silent)
    server.handle_error = lambda *_: None  # type: ignore[attr-defined]  # the client that goes away

    def serve() -> None:
        server.serve_forever()
        connections.close_all()  # those of this thread

    thread = threading.Thread(target=serve, daemon=True)
    with override_settings(ROOT_URLCONF=__name__):
        thread.start()
        yield ("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_client_that_goes_away_frees_its_connection(
    postgres_database: Servers, address: tuple[str, int]
) -> None:
    make_many(200_000)
    with socket.create_connection(address) as client:
        client.sendall(b"GET /all/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert client.recv(100)
        wait_until(lambda: copies_running(postgres_database) == 1)
    wait_until(lambda: copies_running(postgres_database) == 0)


def test_a_database_that_ends_the_copy_shows_as_an_error_and_not_as_an_end(
    postgres_database: Servers,
) -> None:
    make_many(50_000)
    blocks = stream_rows(Record.objects.all(), ["id", "title"])
    read = [next(blocks), next(blocks), next(blocks)]
    with psycopg.connect(postgres_database.database_url(), autocommit=True) as other:
        other.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'copy %'")
    with pytest.raises(OperationalError):
        read += blocks
    connection.close()
    whole_lines = b"".join(read).rpartition(b"\n")[0].splitlines()
    key = whole_lines[-1].split(b",")[0].decode()
    rest = b"".join(stream_rows(Record.objects.all(), ["id", "title"], after=key))
    assert len(whole_lines) - 1 + len(rest.splitlines()) == 50_000

"""Exports behind servers of their own: clients that go away, downloads that are cut, answers that are compressed."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import zstandard
from django.db import connection

from tests.live.blocks.export_copies import copies_running, wait_until
from tests.live.stack.driving import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live]
ROWS = 150_000
"""Some 25 MB: more than the buffers between the database and a client that does not read."""
SERVERS = {
    "gunicorn": (
        "gunicorn",
        "tests.live.blocks.export_site:wsgi",
        "--threads",
        "2",
        "--bind",
        "127.0.0.1:{port}",
    ),
    "uvicorn": ("uvicorn", "tests.live.blocks.export_site:asgi", "--log-level", "error", "--port", "{port}"),
}
CASES = [("gunicorn", "sync"), ("uvicorn", "sync"), ("uvicorn", "async")]
"""A coroutine under gunicorn is the same as a view: Django runs it to its end."""


@contextmanager
def serving(server: str, servers: Servers) -> Iterator[int]:
    """The port of a server that answers; it is stopped afterwards."""
    root, port = Path(__file__).parents[3], free_port()
    age = None if server == "gunicorn" else 0  # each request under ASGI has connections of its own
    environment = {
        **os.environ,
        "DATABASE": json.dumps(servers.database_entry(CONN_MAX_AGE=age)),
        "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}",
    }
    words = [sys.executable, "-m", *(word.replace("{port}", str(port)) for word in SERVERS[server])]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, cwd=root, env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            wait_until(lambda: answers(port) or process.poll() is not None)
            assert process.poll() is None, "the server ended"
            yield port
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def make_many(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into records_record (title, kind, rank, active)"
            " select repeat('x', 150) || n, 'a', n, true from generate_series(1, %s) n",
            [number],
        )


def ask(port: int, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = client.getresponse()
        return response, response.read()


@pytest.mark.parametrize(("server", "view"), CASES)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_client_that_goes_away_frees_the_connection_which_serves_on(
    postgres_database: Servers, server: str, view: str, encoding: str
) -> None:
    make_many(ROWS if encoding == "identity" else ROWS * 4)
    with serving(server, postgres_database) as port:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                asked = f"GET /{view}/csv/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\n\r\n"
                client.sendall(asked.encode())
                assert client.recv(100).startswith(b"HTTP/1.1 200")
                wait_until(lambda: copies_running(postgres_database) == 1)
            wait_until(lambda: copies_running(postgres_database) == 0)
        response, body = ask(port, f"/{view}/csv/?after={first_key() + 5}")
        assert (response.status, body.count(b"\n")) == (200, count_rows() - 6)


def first_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select min(id) from records_record")
        return int(cursor.fetchone()[0])


def count_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from records_record")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(("server", "view"), CASES)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_download_that_was_cut_shows_as_cut_and_goes_on_behind_its_last_whole_line(
    postgres_database: Servers, server: str, view: str, kind: str
) -> None:
    make_many(ROWS)
    with serving(server, postgres_database) as port:
        _, whole = ask(port, f"/{view}/{kind}/")
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        client.request("GET", f"/{view}/{kind}/")
        answer = client.getresponse()
        read = [answer.read(300_000)]
        with psycopg.connect(postgres_database.database_url(), autocommit=True) as other:
            other.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'copy %'")
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            read += iter(lambda: answer.read(300_000), b"")
        client.close()
        kept = b"".join(read).rpartition(b"\n")[0] + b"\n"
        assert whole.startswith(kept)
        assert len(kept) < len(whole)
        last = kept.splitlines()[-1]
        key = json.loads(last)["id"] if kind == "jsonl" else int(last.split(b",")[0])
        response, rest = ask(port, f"/{view}/{kind}/?after={key}")
        assert response.status == 200
        assert kept + rest == whole


@pytest.mark.parametrize("server", SERVERS)
def test_pages_and_exports_are_compressed_once_by_what_the_client_takes(
    postgres_database: Servers, server: str
) -> None:
    make_many(1_000)
    with serving(server, postgres_database) as port:
        page, body = ask(port, "/page/", Accept_Encoding="gzip, zstd")
        assert (page.headers["Content-Encoding"], int(page.headers["Content-Length"])) == ("zstd", len(body))
        unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        page, body = ask(port, "/page/", Accept_Encoding="")
        assert (page.headers["Content-Encoding"], body) == (None, unpacked)
        _, plain = ask(port, "/sync/csv/")
        export, packed = ask(port, "/sync/csv/", Accept_Encoding="gzip, zstd")
        assert (export.headers["Content-Encoding"], gzip.decompress(packed)) == ("gzip", plain)
        streamed, packed = ask(port, "/sync/jsonl/", Accept_Encoding="zstd")
        assert streamed.headers["Content-Encoding"] == "zstd"
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True)
        assert len(reader.read().splitlines()) == 1_000

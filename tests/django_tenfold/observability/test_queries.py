from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, connections

from django_tenfold.observability.queries import account
from django_tenfold.observability.record import Record, current
from tests.django_site.databases import databases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def record(sqlite_database: None) -> Iterator[Record]:
    token = current.set(Record("request-1", 0.0))
    yield current.get()  # type: ignore[misc]
    current.reset(token)


def select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_statement_that_fails_is_counted_too(record: Record) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert record.queries == 1
    assert record.sql_seconds > 0


def test_many_at_once_are_one_statement(record: Record) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE t (a int)")
        cursor.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,), (3,)])
        cursor.execute("DROP TABLE t")
    assert record.queries == 3


def test_outside_of_requests_nothing_is_counted(sqlite_database: None) -> None:
    select()
    assert current.get() is None


def test_a_connection_that_is_made_within_a_wrapper_keeps_both(record: Record) -> None:
    """Django's context manager takes the last wrapper away, whichever it is."""
    connection.close()
    del connections["default"]
    seen = []

    def watch(execute: Any, *rest: Any) -> Any:
        seen.append(rest[0])
        return execute(*rest)

    with connection.execute_wrapper(watch):
        select()
    select()
    assert seen == ["SELECT 1"]
    assert record.queries == 2
    assert account in connection.execute_wrappers
    assert watch not in connection.execute_wrappers


def test_a_connection_that_is_made_again_is_counted_once(record: Record) -> None:
    for _ in range(3):
        connection.close()
        select()
    assert record.queries == 3


def test_threads_count_for_their_own_request(sqlite_database: None) -> None:
    records = [Record(f"request-{number}", 0.0) for number in range(4)]

    def work(number: int) -> None:
        current.set(records[number])
        for _ in range(number):
            select()
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.queries for one in records] == [0, 1, 2, 3]


def test_asynchronous_requests_at_the_same_time_count_each_for_itself(sqlite_database: None) -> None:
    async def serve(number: int) -> int:
        record = Record(f"request-{number}", 0.0)
        current.set(record)
        for _ in range(number):
            await get_user_model().objects.acount()
        return record.queries

    async def serve_all() -> list[int]:
        counts = await asyncio.gather(*(asyncio.create_task(serve(number)) for number in range(5)))
        await sync_to_async(connections.close_all)()
        return counts

    assert asyncio.run(serve_all()) == [0, 1, 2, 3, 4]


def test_statements_on_every_database_are_counted(tmp_path: Path) -> None:
    entry = {"ENGINE": "django.db.backends.sqlite3"}
    with databases({name: entry | {"NAME": str(tmp_path / name)} for name in ("default", "other")}):
        token = current.set(record := Record("request-1", 0.0))
        for name in ("default", "other"):
            with connections[name].cursor() as cursor:
                cursor.execute("SELECT 1")
        current.reset(token)
    assert record.queries == 2

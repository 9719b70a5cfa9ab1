"""EXPLAIN of slow statements on a real PostgreSQL: it leaves the connection and the transaction as they were."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from django_tenfold.observability.explain import explain, turns
from django_tenfold.observability.record import Record, current
from tests.django_site.databases import databases
from tests.django_tenfold.observability.conftest import slow_queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

__all__ = ["slow_queries"]
pytestmark = pytest.mark.live
SLOW = (
    "SELECT pg_sleep(0.4), (SELECT count(*) FROM people_person WHERE email = %s AND is_staff AND id > 4711)"
)


@pytest.fixture
def lines(postgres_database: Servers, slow_queries: list[Any]) -> Iterator[list[Any]]:
    """What is logged; from 300 ms on a statement is slow."""
    with override_settings(TENFOLD_OBSERVABILITY={"slow_query_ms": 300, "explain_timeout_ms": 200}):
        yield slow_queries


def ask(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def test_a_slow_statement_is_logged_with_its_plan_and_without_values(lines: list[Any]) -> None:
    get_user_model().objects.create_user("ann@x.org")
    ask(f"{SLOW} /* '%%' */", ["ann@x.org"])
    (line,) = lines
    assert "people_person" in line.plan
    assert "(cost=" in line.plan
    assert "ann@" not in line.plan + line.getMessage()
    assert "4711" not in line.plan + line.getMessage()


def test_in_a_transaction_nothing_but_the_plan_is_left(lines: list[Any]) -> None:
    token = current.set(record := Record("request-1", 0.0))
    with transaction.atomic():
        get_user_model().objects.create_user("ann@x.org")
        before = ask("SHOW statement_timeout") + ask("SHOW lock_timeout")
        counted = record.queries
        ask(SLOW, ["ann@x.org"])
        assert record.queries == counted + 1
        assert ask("SHOW statement_timeout") + ask("SHOW lock_timeout") == before
    current.reset(token)
    assert lines[0].plan
    assert get_user_model().objects.count() == 1


def test_outside_of_transactions_the_connection_is_outside_afterwards_too(lines: list[Any]) -> None:
    before = ask("SHOW statement_timeout")
    ask(SLOW, ["ann@x.org"])
    assert lines[0].plan
    assert connection.get_autocommit()
    assert connection.connection.info.transaction_status.name == "IDLE"
    assert ask("SHOW statement_timeout") == before


def test_a_statement_is_planned_and_not_run_again(lines: list[Any]) -> None:
    ask("CREATE TEMPORARY SEQUENCE told")
    ask("SELECT nextval('told'), pg_sleep(0.4)")
    assert lines[-1].plan
    assert ask("SELECT nextval('told')") == [(2,)]


def test_a_plan_that_fails_leaves_the_transaction_as_it_was(lines: list[Any]) -> None:
    with transaction.atomic():
        get_user_model().objects.create_user("ann@x.org")
        with connection.cursor() as cursor:
            assert explain("SELECT gone() FROM people_person", None, "x", connection) == ""
            cursor.execute("SELECT count(*) FROM people_person")
            assert cursor.fetchone() == (1,)
    assert "No plan for x: UndefinedFunction" in lines[-1].getMessage()
    assert get_user_model().objects.count() == 1


def test_a_lock_of_another_session_costs_the_time_limit_at_most(lines: list[Any]) -> None:
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE people_person IN ACCESS EXCLUSIVE MODE")
            held.set()
            over.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        assert explain("SELECT id FROM people_person", None, "x", connection) == ""
        assert ask("SELECT 1") == [(1,)]
    finally:
        over.set()
        holder.join()
    assert "LockNotAvailable" in lines[-1].getMessage() or "QueryCanceled" in lines[-1].getMessage()


def test_rows_that_a_server_side_cursor_still_holds_are_read_on(lines: list[Any]) -> None:
    for number in range(5):
        get_user_model().objects.create_user(f"person-{number}@x.org")
    for within in (transaction.atomic, nullcontext):
        turns.forget()
        with within():
            rows = get_user_model().objects.order_by("pk").iterator(chunk_size=2)
            first = next(rows)
            assert "people_person" in explain("SELECT id FROM people_person", None, "x", connection)
            assert len([first, *rows]) == 5


def test_a_statement_that_failed_is_not_explained(lines: list[Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT pg_sleep(0.4), 1 / (count(*) - count(*)) FROM people_person")
    assert [(line.failed, hasattr(line, "plan")) for line in lines] == [(True, False)]


def test_statements_whose_parameters_the_server_binds_are_explained_too(
    lines: list[Any], servers: Servers
) -> None:
    with databases({"default": servers.database_entry(OPTIONS={"server_side_binding": True})}):
        ask(SLOW, ["ann@x.org"])
        assert "people_person" in lines[0].plan


def test_comments_are_seen_by_the_database_itself(postgres_database: Servers) -> None:
    connection.close()
    del connection.execute_wrappers[:]
    token = current.set(Record("request-1", 0.0, view="shop:100%'*/;"))
    with override_settings(TENFOLD_OBSERVABILITY={"sql_comments": "request", "sql_comment_sample": 1}):
        (seen,) = ask("SELECT query, %s FROM pg_stat_activity WHERE pid = pg_backend_pid()", ["100%"])
    current.reset(token)
    assert seen[0].endswith(" /*request_id='request-1',view='shop%3A100%25%27%2A%2F%3B'*/")
    assert seen[1] == "100%"
    connection.close()
    del connection.execute_wrappers[:]

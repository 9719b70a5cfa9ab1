from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.test import override_settings

from django_tenfold.observability import explain as explaining
from django_tenfold.observability.explain import Turns, is_safe
from django_tenfold.observability.record import Record, current

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def slow(sqlite_database: None) -> Iterator[None]:
    """SQL's wait() takes 5 ms, and from 4 ms on a statement is slow."""
    connection.ensure_connection()
    connection.connection.create_function("wait", 1, lambda value: time.sleep(0.005) or value)
    with override_settings(TENFOLD_OBSERVABILITY={"slow_query_ms": 4}):
        yield


def run(sql: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_a_slow_statement_is_logged_with_its_place_and_without_its_values(
    slow: None, slow_queries: list[Any]
) -> None:
    token = current.set(record := Record("request-1", 0.0, view="people"))
    run("SELECT wait('hunter2'), %s", ["hunter3"])
    current.reset(token)
    (line,) = slow_queries
    assert (line.sql, line.parameters, line.database, line.view) == (
        "SELECT wait(?), %s",
        "str(7)",
        "default",
        "people",
    )
    assert line.where.startswith("tests/django_tenfold/observability/test_slow_queries.py:")
    assert line.where.endswith(" in run")
    assert line.ms >= 5
    assert record.slow_queries == 1
    assert "hunter" not in str(vars(line)) + line.getMessage()


def test_a_fast_statement_is_not_logged(sqlite_database: None, slow_queries: list[Any]) -> None:
    run("SELECT 1")
    assert slow_queries == []


def test_a_slow_statement_that_fails_is_logged_as_failed_and_not_explained(
    slow: None, slow_queries: list[Any]
) -> None:
    with pytest.raises(DatabaseError):
        run("SELECT wait(1), json('broken')")
    assert [(line.failed, hasattr(line, "plan")) for line in slow_queries] == [(True, False)]


def test_a_slow_select_is_explained_once_a_minute(slow: None, slow_queries: list[Any]) -> None:
    people = get_user_model()._meta.db_table
    for number in range(3):
        run(f"SELECT wait({number}), (SELECT count(*) FROM {people} WHERE id > %s)", [number])
    plans = [getattr(line, "plan", "") for line in slow_queries]
    assert len(plans) == 3
    assert people in plans[0]
    assert plans[1:] == ["", ""]


def test_the_plan_is_neither_counted_nor_explained_itself(slow: None, slow_queries: list[Any]) -> None:
    token = current.set(record := Record("request-1", 0.0))
    run("SELECT wait(1)")
    current.reset(token)
    assert slow_queries[0].plan
    assert record.queries == 1


def test_a_plan_that_cannot_be_had_leaves_the_statement_alone(
    slow: None, slow_queries: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> list[str]:
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setitem(explaining._ASK, "sqlite", refuse)
    run("SELECT wait(1)")
    assert [line.getMessage()[:11] for line in slow_queries] == [
        "No plan for",
        slow_queries[1].getMessage()[:11],
    ]


@pytest.mark.parametrize(
    ("sql", "safe"),
    [
        ("SELECT a FROM t", True),
        ("  (select a FROM t) UNION (SELECT b FROM u)", True),
        ("SELECT a FROM t;", True),
        ("SELECT 1; DELETE FROM t", False),
        ("SELECT ';' FROM t", False),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", False),
        ("UPDATE t SET a = 1", False),
        ("SELECTED", False),
        ("", False),
    ],
)
def test_only_one_select_is_explained(sql: str, safe: bool) -> None:
    assert is_safe(sql) is safe


def test_one_plan_a_second_and_a_minute_for_each_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("django_tenfold.observability.explain.monotonic", lambda: now[0])
    turns, taken = Turns(), []
    for moment, statement in ((100, "a"), (100.5, "b"), (101, "b"), (102, "a"), (159, "a"), (160, "a")):
        now[0] = moment
        taken.append(turns.take(statement, 60))
    assert taken == [True, False, True, False, False, True]


def test_statements_without_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10_000))
    monkeypatch.setattr("django_tenfold.observability.explain.monotonic", lambda: next(now))
    turns = Turns()
    for number in range(5_000):
        assert turns.take(str(number), 60)
    assert len(turns._next_of) <= 1_000


def test_explaining_can_be_switched_off(slow: None, slow_queries: list[Any]) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"slow_query_ms": 4, "explain_slow_queries": False}):
        run("SELECT wait(1)")
    assert [hasattr(line, "plan") for line in slow_queries] == [False]


def test_a_fault_of_the_observer_does_not_lose_the_rows(
    slow: None, slow_queries: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RuntimeError("no stack today")

    monkeypatch.setattr("django_tenfold.observability.slow_queries.find_caller", fail)
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait(7)")
        assert cursor.fetchall() == [(7,)]
    assert "could not be described" in slow_queries[0].getMessage()

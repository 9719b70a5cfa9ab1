"""The plan of a slow SELECT, asked for so that it does no harm.

EXPLAIN without ANALYZE: the statement is planned, not run. It is asked on the connection that ran it: a second
one would come on top of a budget of connections just when the database is slow, and would not see temporary
tables. On PostgreSQL it stands between a savepoint (or BEGIN) and a rollback, with a time limit for itself and
for locks: neither an error nor the limits outlive it. Only one statement that begins with SELECT is taken.
The same statement's plan is asked for at most once a minute, any plan at most once a second, in each process.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from time import monotonic
from typing import Any

from django_tenfold.observability.settings import options
from django_tenfold.observability.sql_text import mask_plan

logger = logging.getLogger("tenfold.slow_queries")

_SAVEPOINT = "tenfold_explain"
_KEPT = 1_000
"""Statements that are remembered; beyond it all are forgotten, and each may be explained once more."""
_LINES = 60


class Turns:
    """Who may ask now. One for the process: threads share it, a fork begins with a copy, which does no harm."""

    def __init__(self) -> None:
        self._next_of: dict[str, float] = {}
        self._next = 0.0
        self._lock = threading.Lock()

    def take(self, fingerprint: str, interval: float) -> bool:
        """Whether it is this statement's turn; `interval` in seconds."""
        now = monotonic()
        with self._lock:
            if now < self._next or now < self._next_of.get(fingerprint, 0.0):
                return False
            if len(self._next_of) >= _KEPT:
                self._next_of.clear()
            self._next = now + 1.0
            self._next_of[fingerprint] = now + interval
        return True

    def forget(self) -> None:
        with self._lock:
            self._next_of.clear()
            self._next = 0.0


turns = Turns()


def explain(sql: str, params: Any, fingerprint: str, connection: Any) -> str:
    """The plan, its lines joined, values masked; "" when it may not or could not be asked for."""
    ask = _ASK.get(connection.vendor)
    chosen = options()
    if ask is None or not chosen.explain_slow_queries or not is_safe(sql) or connection.needs_rollback:
        return ""
    if not turns.take(fingerprint, chosen.explain_interval_seconds):
        return ""
    try:
        rows = ask(sql, params, connection)
    except Exception as error:  # whatever a driver raises: the statement itself has succeeded
        logger.warning("No plan for %s: %s: %s", fingerprint, type(error).__name__, error)
        return ""
    return "\n".join(rows[:_LINES])


def is_safe(sql: str) -> bool:
    """One SELECT: after a semicolon a second statement could follow, which would be run, not explained."""
    return sql.lstrip("( \n\t")[:7].upper().rstrip() == "SELECT" and ";" not in sql.rstrip("; \n\t")


def _ask_postgresql(sql: str, params: Any, connection: Any) -> list[str]:
    limit = options().explain_timeout_ms
    alone = connection.get_autocommit()
    begin = "BEGIN" if alone else f"SAVEPOINT {_SAVEPOINT}"
    end = (
        ("ROLLBACK",) if alone else (f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}")
    )
    # A cursor without the wrappers of connection.cursor(): it is neither counted nor explained itself.
    with closing(connection.create_cursor()) as cursor:
        cursor.execute(begin)
        try:
            cursor.execute(f"SET LOCAL statement_timeout = {limit:d}")
            cursor.execute(f"SET LOCAL lock_timeout = {limit:d}")
            cursor.execute(f"EXPLAIN {sql}", params)
            return [mask_plan(row[0]) for row in cursor.fetchall()]
        finally:
            for statement in end:
                cursor.execute(statement)


def _ask_sqlite(sql: str, params: Any, connection: Any) -> list[str]:
    with closing(connection.create_cursor()) as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in cursor.fetchall()]


def _ask_mysql(sql: str, params: Any, connection: Any) -> list[str]:
    with closing(connection.create_cursor()) as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        names = [column[0] for column in cursor.description]
        return [
            ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor
        ]


_ASK = {"postgresql": _ask_postgresql, "sqlite": _ask_sqlite, "mysql": _ask_mysql}

"""The statements that took PostgreSQL the most time, out of its extension pg_stat_statements."""

from __future__ import annotations

import logging
from contextlib import closing
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connections

from django_tenfold.observability.database_state import connect_to_ask
from django_tenfold.observability.probe import Probe

logger = logging.getLogger(__name__)

MOST_TEXT = 600
"""Characters of a statement that the page shows."""
LEAST_SHARE = 0.001
"""Of the time of all statements: what took less is not worth a line."""
# Its rows belong to the whole server: those of this database alone, without our own questions.
SLOWEST = """
SELECT left(query, %s), calls, total_exec_time, mean_exec_time, rows,
       total_exec_time / nullif(sum(total_exec_time) OVER (), 0)
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s)
  AND query NOT LIKE '%%pg_stat_%%' AND query <> '<insufficient privilege>'
ORDER BY total_exec_time DESC LIMIT 10
"""
MISSING = (
    "PostgreSQL's extension pg_stat_statements tells which statements take the most time. Load it with"
    " shared_preload_libraries = 'pg_stat_statements', then: CREATE EXTENSION pg_stat_statements."
)
ELSEWHERE = "Statements are listed for PostgreSQL (pg_stat_statements). The log tenfold.slow_queries has the slow ones."
Slowest = tuple[list[dict[str, Any]], str]
"""Rows, and why there are none."""


@lru_cache(maxsize=1)
def slowest_probe() -> Probe[Slowest]:
    """Of the default database, at most every ten seconds."""
    return Probe("the slowest statements", _ask, keeps=9.5)


def _ask() -> Slowest:
    if connections["default"].vendor != "postgresql":
        return [], ELSEWHERE
    name = connections["default"].settings_dict["NAME"]
    # The extension stands in one database and tells of all: in the project's own, or in the server's first one,
    # where hosters and `tenfold up` put it.
    for database in dict.fromkeys((name, "postgres")):
        if (rows := _read(database, of=name)) is not None:
            return rows, ""
    return [], MISSING


def _read(database: str, *, of: str) -> list[dict[str, Any]] | None:
    """The statements of the database `of`, as the extension in `database` tells them; None without it."""
    with closing(connect_to_ask("default", NAME=database)) as connection:
        if database == of:
            connection.ensure_connection()  # One that does not answer is no missing extension.
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')"
                )
                if not cursor.fetchone()[0]:
                    return None
                cursor.execute(SLOWEST, [MOST_TEXT, of])
                rows = cursor.fetchall()
        except DatabaseError as problem:
            # Its library is not loaded, it stands in another schema, or this role may not connect. Which of them
            # an ordinary role cannot ask.
            logger.info("pg_stat_statements in %s does not answer: %s", database, problem)
            return None
    names = ("query", "calls", "total_ms", "mean_ms", "rows", "share")
    told = (dict(zip(names, row, strict=True)) for row in rows)
    return [row for row in told if (row["share"] or 0) >= LEAST_SHARE]

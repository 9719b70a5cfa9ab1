"""The statements that took PostgreSQL the most time, out of its extension pg_stat_statements."""

from __future__ import annotations

from contextlib import closing
from functools import lru_cache
from typing import Any

from django_tenfold.observability.database_state import connect_to_ask
from django_tenfold.observability.probe import Probe

MOST_TEXT = 600
"""Characters of a statement that the page shows."""
# Its rows belong to the whole server: those of this database alone, without our own questions.
SLOWEST = """
SELECT left(query, %s), calls, total_exec_time, mean_exec_time, rows,
       total_exec_time / nullif(sum(total_exec_time) OVER (), 0)
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query NOT LIKE '%%pg_stat_%%'
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
    with closing(connect_to_ask("default")) as connection:
        if connection.vendor != "postgresql":
            return [], ELSEWHERE
        with connection.cursor() as cursor:
            # The view answers only where its library is loaded as well.
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')"
                " AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'"
            )
            if not cursor.fetchone()[0]:
                return [], MISSING
            cursor.execute(SLOWEST, [MOST_TEXT])
            rows = cursor.fetchall()
    names = ("query", "calls", "total_ms", "mean_ms", "rows", "share")
    return [dict(zip(names, row, strict=True)) for row in rows], ""

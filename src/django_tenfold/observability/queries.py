"""Counts and times each statement, on every connection of the process.

A wrapper stands on each connection from the moment it is made. It times what the database driver does until
it has the statement's result at hand; rows that a server-side cursor fetches later are not in it.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.backends.signals import connection_created

from django_tenfold.observability.record import current
from django_tenfold.observability.settings import options
from django_tenfold.observability.slow_queries import report_slow_query
from django_tenfold.observability.sql_comments import comment

if TYPE_CHECKING:
    from collections.abc import Callable

FASTEST_SLOW = 0.001
"""Seconds; below it the option is not even read: `slow_query_ms` is at least 1."""


def watch_connections() -> None:
    """From now on each connection is counted, those that are already open too."""
    connection_created.connect(_watch, dispatch_uid="tenfold_queries")
    for connection in connections.all(initialized_only=True):
        _watch(connection=connection)


def _watch(*, connection: Any, **_: object) -> None:
    # First, not last: `with connection.execute_wrapper(...)` takes the last one away when it ends, whichever
    # that is, and a connection may well be made within. The first is the outermost as well: it times all.
    wrappers = connection.execute_wrappers
    if account not in wrappers:
        wrappers.insert(0, account)
    if comment not in wrappers and options().sql_comments != "off":
        wrappers.insert(1, comment)


def account(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Runs the statement and adds it to the record of the request, also when it fails."""
    started = perf_counter()
    failed = True
    try:
        result = execute(sql, params, many, context)
        failed = False
        return result
    finally:
        seconds = perf_counter() - started
        record = current.get()
        if record is not None:
            record.queries += 1
            record.sql_seconds += seconds
        if seconds > FASTEST_SLOW and seconds * 1000 >= options().slow_query_ms:
            report_slow_query(sql, None if many else params, seconds, context["connection"], failed=failed)

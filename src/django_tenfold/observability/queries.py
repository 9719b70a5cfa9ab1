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

if TYPE_CHECKING:
    from collections.abc import Callable


def watch_connections() -> None:
    """From now on each connection is counted, those that are already open too."""
    connection_created.connect(_watch, dispatch_uid="tenfold_queries")
    for connection in connections.all(initialized_only=True):
        _watch(connection=connection)


def _watch(*, connection: Any, **_: object) -> None:
    # First, not last: `with connection.execute_wrapper(...)` takes the last one away when it ends, whichever
    # that is, and a connection may well be made within. The first is the outermost as well: it times all.
    if account not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, account)


def account(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Runs the statement and adds it to the record of the request, also when it fails."""
    started = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = perf_counter() - started
        record = current.get()
        if record is not None:
            record.queries += 1
            record.sql_seconds += seconds

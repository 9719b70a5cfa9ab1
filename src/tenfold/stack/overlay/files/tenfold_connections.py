"""Database connections of the project's processes: a health check that costs nothing, and forks.

Django and psycopg's pool ask a kept connection `SELECT 1` before each request: a round trip. A server that
went away has closed its socket, and a closed socket can be read from (its end). So a quiet socket is one
whose server is there; only what has something to say is asked.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Any


def is_quiet(connection: Any) -> bool:
    """Whether a driver's connection is open and its socket has nothing to read, not even its end."""
    try:
        if connection.closed:
            return False
        watched = select.poll()
        watched.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not watched.poll(0)
    except Exception:
        # Of the drivers' own kinds, too, which differ: whatever it is, the connection is to be asked.
        return False


def spare_queries(connection: Any, **_: Any) -> None:
    """Receiver of `connection_created`: the wrapper's check looks at the socket first."""
    if connection.vendor != "postgresql":
        return
    ask = type(connection).is_usable

    def is_usable() -> bool:
        return is_quiet(connection.connection) or bool(ask(connection))

    connection.is_usable = is_usable


def spare_pool_queries() -> None:
    """The same for psycopg's pool, whose check is a static method."""
    try:
        import psycopg_pool
    except ImportError:
        return
    ask = psycopg_pool.ConnectionPool.check_connection

    def check_connection(connection: Any) -> None:
        if not is_quiet(connection):
            ask(connection)

    setattr(psycopg_pool.ConnectionPool, "check_connection", staticmethod(check_connection))  # noqa: B010


def forget_connections() -> None:
    """In a forked child: a pool's threads stayed in the parent, and its connections are the parent's.

    The drivers close no connection that another process made, so letting go of them here harms nobody.
    """
    base = sys.modules.get("django.db.backends.postgresql.base")
    wrapper = getattr(base, "DatabaseWrapper", None)
    if wrapper is None:
        return
    getattr(wrapper, "_connection_pools", {}).clear()
    for connection in sys.modules["django.db"].connections.all():
        if isinstance(connection, wrapper):
            connection.connection = None


def install(databases: dict[str, Any]) -> None:
    """For the aliases of DATABASES."""
    from django.db.backends.signals import connection_created

    connection_created.connect(spare_queries, dispatch_uid="tenfold_connections")
    if any("pool" in (entry.get("OPTIONS") or {}) for entry in databases.values()):
        spare_pool_queries()
    os.register_at_fork(after_in_child=forget_connections)

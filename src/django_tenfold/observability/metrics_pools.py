"""How full the connection pools of this process are (Django's own for PostgreSQL, OPTIONS = {"pool": ...})."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections
from prometheus_client import Gauge

if TYPE_CHECKING:
    from collections.abc import Iterator

STATES = {"pool_size": "open", "pool_available": "free", "requests_waiting": "waiting"}
"""Of psycopg's statistics. https://www.psycopg.org/psycopg3/docs/advanced/pool.html#pool-stats"""
POOLS = Gauge(
    "tenfold_pool_connections",
    "Connections in the pools of all processes, the free ones among them, and who waits for one.",
    ["alias", "state"],
    multiprocess_mode="livesum",
)


def report_pools() -> None:
    """Sets the gauges to what the pools say; nothing where no pool was opened."""
    for alias, pool in _list_pools():
        told = pool.get_stats()
        for name, state in STATES.items():
            POOLS.labels(alias, state).set(told.get(name, 0))


def _list_pools() -> Iterator[tuple[str, Any]]:
    for alias in connections.settings:
        # By the class: `connection.pool` would open one.
        pool = getattr(type(connections[alias]), "_connection_pools", {}).get(alias)
        if pool is not None:
            yield alias, pool

"""What a database says of itself: whether it takes writes, how far behind it is, how many connections it has.

It is asked on a connection that is made for the question and closed after it, beside the pool and the
requests' connections: one that hangs or is broken says nothing about the server, and none is kept for it.
"""

from __future__ import annotations

from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.observability.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 2
"""libpq rounds less up to two. https://www.postgresql.org/docs/current/libpq-connect.html"""
POSTGRES_OPTIONS = {
    "connect_timeout": CONNECT_SECONDS,
    # A host that is gone without a word is noticed after about ten seconds instead of two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
MYSQL_OPTIONS = {"connect_timeout": CONNECT_SECONDS, "read_timeout": 5, "write_timeout": 5}

STATE = """
SELECT pg_is_in_recovery(),
       current_setting('default_transaction_read_only') = 'on',
       CASE WHEN NOT pg_is_in_recovery() THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END
"""
"""Lag: a replica that has replayed all it received is not behind, however long ago the last write was."""
USE = """
SELECT coalesce(state, 'other'), count(*) FILTER (WHERE pid <> pg_backend_pid()),
       current_setting('max_connections')::int
FROM pg_stat_activity
WHERE datname = current_database()
GROUP BY 1
"""
"""Never empty: our own connection is there, and is not counted."""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Of one alias, as it was when it was asked."""

    vendor: str
    in_recovery: bool = False
    """A replica, or a primary that was demoted."""
    read_only: bool = False
    """Takes no writes, for whatever reason."""
    lag: float | None = None
    """Seconds behind the primary; None for a primary and where it cannot be told."""


@dataclass(frozen=True, slots=True)
class ConnectionUse:
    """Connections to one alias's database, from everywhere."""

    states: tuple[tuple[str, int], ...] = ()
    """("active", 3), ("idle", 20), ("idle in transaction", 1)."""
    most: int = 0
    """What the server admits over all of its databases; 0 where it was not asked."""


def ask_state(alias: str) -> DatabaseState:
    """Raises whatever the driver raises."""
    with closing(connect_to_ask(alias)) as connection:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(STATE)
                in_recovery, read_only, lag = cursor.fetchone()
            lag = None if lag is None else float(lag)
            return DatabaseState("postgresql", in_recovery, read_only=in_recovery or read_only, lag=lag)
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT @@global.read_only")
                return DatabaseState("mysql", read_only=bool(cursor.fetchone()[0]))
        connection.ensure_connection()
        if not connection.is_usable():
            raise ConnectionError(f"the database {alias} does not answer")
        return DatabaseState(str(connection.vendor))


def ask_use(alias: str) -> ConnectionUse:
    """Raises whatever the driver raises; empty for what is not PostgreSQL."""
    with closing(connect_to_ask(alias)) as connection:
        if connection.vendor != "postgresql":
            return ConnectionUse()
        with connection.cursor() as cursor:
            cursor.execute(USE)
            rows = cursor.fetchall()
    states = tuple((str(state), int(count)) for state, count, _ in rows)
    return ConnectionUse(states, most=int(rows[0][2]))


def connect_to_ask(alias: str, **changes: Any) -> Any:
    """A connection of its own, without the alias's pool; `changes` are of its settings."""
    like = connections[alias]
    return type(like)({**settings_for_asking(like.settings_dict, like.vendor), **changes}, alias)


def settings_for_asking(settings: Mapping[str, Any], vendor: str) -> dict[str, Any]:
    """The alias's settings with time limits and without a pool."""
    made: dict[str, Any] = deepcopy(dict(settings))
    options = made["OPTIONS"] = dict(made.get("OPTIONS") or {})
    options.pop("pool", None)
    if vendor == "postgresql":
        options.update(POSTGRES_OPTIONS)
    elif vendor == "mysql":
        options.update(MYSQL_OPTIONS)
    return made


@lru_cache(maxsize=64)
def state_probe(alias: str) -> Probe[DatabaseState]:
    """The one probe of an alias's state in this process."""
    return Probe(f"the state of database {alias}", partial(ask_state, alias))


@lru_cache(maxsize=64)
def use_probe(alias: str) -> Probe[ConnectionUse]:
    """The one probe of an alias's connections in this process."""
    return Probe(f"the connections of database {alias}", partial(ask_use, alias), keeps=4.5)


def list_servers() -> list[str]:
    """Aliases of the databases that are servers."""
    files = ("sqlite3", "spatialite", "dummy")
    return [a for a, entry in connections.settings.items() if not str(entry["ENGINE"]).endswith(files)]

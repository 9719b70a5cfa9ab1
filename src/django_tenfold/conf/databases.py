"""A database's URL as an entry of DATABASES: dj-database-url reads it, this adds what production needs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import dj_database_url

from django_tenfold.conf.addresses import parse_address, read_value, take_choice, take_flag, take_seconds
from django_tenfold.conf.variables import MalformedError

if TYPE_CHECKING:
    from django_tenfold.conf.ladder import Ladder

POOLERS = ("none", "session", "transaction")
KEPT = 600
"""CONN_MAX_AGE in seconds: ten minutes repay the 4 ms of connecting a thousand times over, and a connection
that the server has grown fat with is let go of."""
POOL_SIZE = 10
"""Connections of one event loop: what `tenfold up` gives one (`tenfold.topology.databases.ASYNC_POOL`)."""
POOL_WAIT = 5.0
"""Seconds that a request waits for a connection of the pool: as long as for a lock."""
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A peer that vanished (a failover, a firewall that forgets idle connections after five minutes and more) is
noticed within a minute; Linux alone waits two hours.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES"""
TCP_USER_TIMEOUT = 30_000
"""Milliseconds that sent data may stay unacknowledged: keepalives do not help a query in flight.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TCP-USER-TIMEOUT"""
SCHEMES = ("postgres", "postgresql", "pgsql", "postgis", "timescale", "mysql", "mysql2", "mysqlgis", "sqlite")
KNOWN = "postgres, postgis, mysql, sqlite"


@dataclass(frozen=True, slots=True)
class Serving:
    """Who uses the database: decides how connections are kept, and how long anything may take."""

    name: str
    role: str
    server: str
    pooler: str
    ladder: Ladder


def build_database(url: str, serving: Serving) -> dict[str, Any]:
    """Raises MalformedError, whose text never holds the URL."""
    if url == "sqlite://:memory:":
        url = "sqlite:///:memory:"
    address = parse_address(url, schemes=dj_database_url.ENGINE_SCHEMES, known=KNOWN)
    options = dict(address.options)
    pooler = take_choice(options, "pgbouncer", POOLERS) or serving.pooler or "none"
    try:
        parsed = dict(dj_database_url.parse(url.partition("?")[0]))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError):
        raise MalformedError("is no database URL") from None
    entry: dict[str, Any] = {**parsed, "HOST": address.host, "CONN_MAX_AGE": 0, "OPTIONS": {}}
    entry["CONN_HEALTH_CHECKS"] = True
    engine = str(entry["ENGINE"])
    if "sqlite" in engine or "spatialite" in engine:
        return _finish_sqlite(entry, options)
    if not entry["NAME"] and "service" not in options:
        raise MalformedError("names no database: it must end in /name")
    if "postg" in engine or "timescale" in engine:
        _complete_postgresql(entry, options, serving=serving, pooler=pooler)
    elif "mysql" in engine:
        _complete_mysql(entry, options, serving=serving)
    else:
        _keep_connections(entry, options, serving)
    entry["OPTIONS"].update({name: read_value(text) for name, text in options.items()})
    return entry


def _complete_postgresql(
    entry: dict[str, Any], options: dict[str, str], *, serving: Serving, pooler: str
) -> None:
    transaction = pooler == "transaction"
    prepared = take_seconds(options, "max_prepared_statements", 0)
    if transaction and not prepared and {"prepare_threshold"} & set(options):
        raise MalformedError(
            "asks for prepared statements (prepare_threshold) through PgBouncer in transaction mode; that needs"
            " PgBouncer 1.21 or later: say so with max_prepared_statements=N, as its configuration does"
        )
    if transaction and "options" in options:
        raise MalformedError(
            'gives "options", which PgBouncer refuses as a startup parameter; set it on the role instead'
            " (ALTER ROLE ... SET ...)"
        )
    entry["DISABLE_SERVER_SIDE_CURSORS"] = transaction
    schema = options.pop("currentSchema", None)
    ladder = serving.ladder
    made: dict[str, Any] = {
        "connect_timeout": ladder.connect,
        "application_name": f"{serving.name}-{serving.role}",
        **KEEPALIVES,
        "tcp_user_timeout": TCP_USER_TIMEOUT,
    }
    limits = {
        "statement_timeout": take_seconds(options, "statement_timeout", ladder.statement),
        "lock_timeout": take_seconds(options, "lock_timeout", ladder.lock),
        "idle_in_transaction_session_timeout": take_seconds(
            options, "idle_in_transaction_session_timeout", ladder.idle_in_transaction
        ),
    }
    if not transaction:
        session = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()]
        session += [f"-c search_path={schema}"] if schema else []
        made["options"] = " ".join([*session, *([options.pop("options")] if "options" in options else [])])
    entry["OPTIONS"].update(made)
    _keep_connections(entry, options, serving)


def _keep_connections(entry: dict[str, Any], options: dict[str, str], serving: Serving) -> None:
    """Threads keep their connection; an event loop has a pool, since what it keeps is lost to the thread that
    opened it (https://code.djangoproject.com/ticket/33497); a command ends anyway."""
    asynchronous = serving.server == "asgi" and serving.role == "web"
    wants = take_flag(options, "pool", default=asynchronous and "postg" in str(entry["ENGINE"]))
    size = int(take_seconds(options, "pool_max_size", POOL_SIZE))
    if wants and serving.role == "web" and find_spec("psycopg_pool"):
        entry["OPTIONS"]["pool"] = {"min_size": 1, "max_size": max(1, size), "timeout": POOL_WAIT}
        return
    if (serving.role == "web" and not asynchronous) or serving.role in ("worker", "scheduler"):
        entry["CONN_MAX_AGE"] = int(take_seconds(options, "conn_max_age", KEPT))


def _complete_mysql(entry: dict[str, Any], options: dict[str, str], *, serving: Serving) -> None:
    ladder = serving.ladder
    statement = take_seconds(options, "statement_timeout", ladder.statement)
    limits = f"SET SESSION max_execution_time={round(statement * 1000)}"
    limits += f", innodb_lock_wait_timeout={max(1, round(ladder.lock))}"
    entry["OPTIONS"].update(
        {
            "charset": "utf8mb4",
            "connect_timeout": ladder.connect,
            "read_timeout": round(statement + 5) if statement else 0,
            "isolation_level": "read committed",
            "init_command": limits,
        }
    )
    if ca := options.pop("ssl-ca", None):
        entry["OPTIONS"]["ssl"] = {"ca": ca}
    _keep_connections(entry, options, serving)


def _finish_sqlite(entry: dict[str, Any], options: dict[str, str]) -> dict[str, Any]:
    """A writer waits its turn instead of failing, readers do not wait for it.
    https://docs.djangoproject.com/en/stable/ref/databases/#sqlite-transaction-behavior"""
    busy = take_seconds(options, "timeout", 5.0)
    entry["CONN_HEALTH_CHECKS"] = False
    entry["OPTIONS"] = {
        "timeout": busy,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        **{name: read_value(text) for name, text in options.items()},
    }
    return entry

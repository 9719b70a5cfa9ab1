"""A database's URL as an entry of DATABASES: dj-database-url reads it, this adds what production needs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import dj_database_url

from django_tenfold.conf.addresses import parse_address, take_choice, take_count, take_flag, take_seconds
from django_tenfold.conf.variables import MalformedError

if TYPE_CHECKING:
    from django_tenfold.conf.addresses import Address
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
BUSY = 5.0
"""Seconds that a writer of SQLite waits for the one before it: as long as for a lock."""
KNOWN = "postgres, postgis, mysql, sqlite, and what dj_database_url.register() added"
POSTGRESQL, MYSQL, SQLITE = ("postg", "timescale"), ("mysql",), ("sqlite", "spatialite")
"""What the engines' names hold."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Who uses the database: decides how connections are kept, and how long anything may take."""

    name: str
    role: str
    server: str
    pooler: str
    ladder: Ladder

    @property
    def in_loop(self) -> bool:
        """Whether a thread that opened a connection is not there for the next request."""
        return self.server in ("asgi", "gevent")

    @property
    def keeps(self) -> bool:
        """Whether connections outlive a request: not for commands, nor for runserver's thread per request."""
        serves = (self.role == "web" and bool(self.server)) or self.role in ("worker", "scheduler")
        return serves and not self.in_loop


def build_database(url: str, serving: Serving) -> dict[str, Any]:
    """The entry. Raises MalformedError, whose text never holds the URL."""
    if url in ("sqlite://:memory:", "sqlite://", "sqlite:"):
        url = "sqlite:///:memory:"
    address = parse_address(url, schemes=dj_database_url.ENGINE_SCHEMES, known=KNOWN)
    own = dict(address.options)
    entry = _read_engine(address, own)
    engine = str(entry["ENGINE"])
    if any(name in engine for name in SQLITE):
        _complete_sqlite(entry, own)
    elif not entry["NAME"] and "service" not in own:
        raise MalformedError("names no database: it must end in /name")
    elif any(name in engine for name in POSTGRESQL):
        _complete_postgresql(entry, own, serving)
    elif any(name in engine for name in MYSQL):
        _complete_mysql(entry, own, serving)
    _keep_connections(entry, own, serving)
    # What is left is the driver's own, and wins over what was made.
    entry["OPTIONS"] |= _read_options(address, own)
    if any(name in engine for name in POSTGRESQL):
        _refuse_unknown(entry["OPTIONS"])
    return entry


def _read_engine(address: Address, own: dict[str, str]) -> dict[str, Any]:
    backend = dj_database_url.ENGINE_SCHEMES[address.scheme].backend
    name = address.path.removeprefix("/")
    host = own.pop("host", address.host)
    port: int | str = own.pop("port", "") or address.port or ""
    return {
        "ENGINE": backend,
        "NAME": name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
    }


def _read_options(address: Address, own: dict[str, str]) -> dict[str, Any]:
    """Options as dj-database-url reads them: numbers and truth values, `currentSchema`, `ssl-ca`."""
    bare = f"{address.scheme}://host/{quote(address.path.strip('/') or 'name')}?{urlencode(own)}"
    try:
        return dict(dj_database_url.parse(bare).get("OPTIONS", {}))
    except (ValueError, dj_database_url.UnknownSchemeError):
        raise MalformedError("is no database URL") from None


def _complete_postgresql(entry: dict[str, Any], own: dict[str, str], serving: Serving) -> None:
    pooler = take_choice(own, "pgbouncer", POOLERS) or serving.pooler
    limits = {
        "statement_timeout": take_seconds(own, "statement_timeout", serving.ladder.statement),
        "lock_timeout": take_seconds(own, "lock_timeout", serving.ladder.lock),
        "idle_in_transaction_session_timeout": take_seconds(
            own, "idle_in_transaction_session_timeout", serving.ladder.idle_in_transaction
        ),
    }
    entry["DISABLE_SERVER_SIDE_CURSORS"] = pooler == "transaction"
    entry["OPTIONS"] = {
        "connect_timeout": serving.ladder.connect,
        "application_name": f"{serving.name}-{serving.role}",
        **KEEPALIVES,
        "tcp_user_timeout": TCP_USER_TIMEOUT,
    }
    if pooler == "none":
        session = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()]
        if schema := own.pop("currentSchema", ""):
            session.append(f"-c search_path={schema}")
        own["options"] = " ".join([*session, *filter(None, [own.get("options")])])
    _refuse_for_pooler(own, pooler)
    size = take_count(own, "pool_max_size", POOL_SIZE)
    wanted = serving.in_loop and serving.role == "web" and pooler == "none"
    if take_flag(own, "pool", default=wanted and bool(find_spec("psycopg_pool"))):
        entry["OPTIONS"]["pool"] = {"min_size": 1, "max_size": max(1, size), "timeout": POOL_WAIT}


def _refuse_for_pooler(own: dict[str, str], pooler: str) -> None:
    """What PgBouncer refuses when a connection starts, in any mode, and what does not outlive a transaction.
    https://www.pgbouncer.org/config.html#ignore_startup_parameters"""
    prepares = take_count(own, "max_prepared_statements", 0)
    if pooler == "transaction" and "prepare_threshold" in own and not prepares:
        raise MalformedError(
            "asks for prepared statements (prepare_threshold) through PgBouncer in transaction mode, which keeps"
            " them from 1.21 on: say max_prepared_statements=N as its configuration does, or leave both out"
        )
    for name in ("options", "currentSchema") if pooler != "none" else ():
        if name in own:
            raise MalformedError(
                f"gives {name!r}, which PgBouncer refuses when a connection starts: set it in the database"
                " (ALTER ROLE ... SET ...)"
            )


def _keep_connections(entry: dict[str, Any], own: dict[str, str], serving: Serving) -> None:
    """Threads keep their connection; an event loop has a pool, since what it keeps is lost to the thread that
    opened it (https://code.djangoproject.com/ticket/33497); a command ends anyway."""
    age = take_count(own, "conn_max_age", KEPT)
    if serving.keeps and "pool" not in entry["OPTIONS"]:
        entry["CONN_MAX_AGE"] = age


def _complete_mysql(entry: dict[str, Any], own: dict[str, str], serving: Serving) -> None:
    """MySQL limits reading statements only, MariaDB all; each ignores the other's comment.
    https://mariadb.com/kb/en/comment-syntax/"""
    statement = take_seconds(own, "statement_timeout", serving.ladder.statement)
    lock = take_seconds(own, "lock_timeout", serving.ladder.lock)
    entry["OPTIONS"] = {
        "connect_timeout": serving.ladder.connect,
        "init_command": f"SET SESSION innodb_lock_wait_timeout={max(1, round(lock))}"
        f" /*!50708 , max_execution_time={round(statement * 1000)} */"
        f" /*M!100101 , max_statement_time={statement:g} */",
    }
    if statement:
        # A server that is gone answers nothing: a step above its own limit.
        entry["OPTIONS"]["read_timeout"] = round(statement) + 5


def _complete_sqlite(entry: dict[str, Any], own: dict[str, str]) -> None:
    """A writer waits its turn instead of failing, readers do not wait for it.
    https://docs.djangoproject.com/en/stable/ref/databases/#sqlite-transaction-behavior"""
    entry["NAME"] = entry["NAME"] or ":memory:"
    entry["OPTIONS"] = {
        "timeout": take_seconds(own, "timeout", BUSY),
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }


_OF_DJANGO = frozenset({"pool", "server_side_binding", "isolation_level", "assume_role", "prepare_threshold"})
"""OPTIONS that Django takes out before libpq sees them."""


def _refuse_unknown(options: dict[str, Any]) -> None:
    """libpq would refuse it at the first query."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo
    except ImportError:  # psycopg2, or no driver: the first `manage.py` command says so
        return
    for name, value in options.items():
        if name not in _OF_DJANGO:
            try:
                make_conninfo("", **{name: value})
            except ProgrammingError:
                raise MalformedError(
                    f"gives the option {name!r}, which PostgreSQL's driver refuses"
                ) from None

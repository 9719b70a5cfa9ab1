"""PgBouncer's files as text, functions of values alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.services.postgres.configuration import SUPERUSER, connection_limits

if TYPE_CHECKING:
    from tenfold.topology.model import Topology

PREPARED = 200
"""Statements that PgBouncer 1.21 and later prepare again on whichever server connection comes next: their
default since 1.24. https://www.pgbouncer.org/config.html#max_prepared_statements"""
QUIETED = (
    *("extra_float_digits", "options", "statement_timeout", "lock_timeout"),
    "idle_in_transaction_session_timeout",
)
"""What clients ask for at the start of a connection and cannot have of one that is shared: ignored, where
PgBouncer would refuse the client."""


@dataclass(frozen=True, slots=True)
class Between:
    """Where the pooler listens, and the server behind it."""

    port: int
    server_host: str
    """A host's name, or the folder of a socket."""
    server_port: int
    database: str
    access_file: str
    users_file: str
    addresses: str = LOOPBACK
    sockets: str = ""
    """Folder of the Unix socket, "" for none."""


def render_pooler(topology: Topology, between: Between, *, prepares: bool) -> str:
    """pgbouncer.ini for transaction mode; `prepares`: this PgBouncer keeps track of prepared statements.

    The application's limits are set on each server connection when it is opened: what a client sets itself
    would stay for whoever gets that connection next.
    """
    size, ladder = topology.database, topology.timeouts
    limits = "; ".join(f"SET {name} = {value}" for name, value in connection_limits(topology).items())
    behind = f"host={_quote(between.server_host)} port={between.server_port} dbname={between.database}"
    settings = {
        "listen_addr": between.addresses,
        "listen_port": between.port,
        "unix_socket_dir": between.sockets,
        "auth_type": "hba",
        "auth_hba_file": between.access_file,
        "auth_file": between.users_file,
        "admin_users": SUPERUSER,
        "pool_mode": "transaction",
        "max_client_conn": size.pooler_clients.whole,
        "default_pool_size": size.pooler_pool.whole,
        "reserve_pool_size": size.pooler_reserve.whole,
        "reserve_pool_timeout": 1,
        "query_wait_timeout": max(1, round(size.pool_timeout.seconds)),
        "server_connect_timeout": max(1, round(ladder.connect.seconds)),
        "server_login_retry": 1,
        "server_idle_timeout": 600,
        "server_lifetime": 3600,
        "ignore_startup_parameters": ", ".join(QUIETED),
        "server_tls_sslmode": "disable",
        "log_connections": 0,
        "log_disconnections": 0,
        "stats_period": 300,
    }
    if prepares:
        settings["max_prepared_statements"] = PREPARED
    return "\n".join(
        (
            "; Written by tenfold: changed here, it is lost at the next start.",
            "[databases]",
            f"{between.database} = {behind} connect_query={_quote(limits)}",
            "",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in settings.items()),
            "",
        )
    )


def render_users(users: dict[str, str]) -> str:
    """userlist.txt. Passwords are in clear, since PgBouncer must log in with them: the file is its owner's."""
    return "".join(f'"{_double(name)}" "{_double(password)}"\n' for name, password in users.items())


def _double(text: str) -> str:
    return text.replace('"', '""')


def _quote(text: str) -> str:
    """A value of PgBouncer's connection strings: a quote inside is doubled."""
    return "'" + text.replace("'", "''") + "'"

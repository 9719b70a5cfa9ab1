"""Commands that talk to a PostgreSQL server: questions, the shell, the lag of a replica."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, USER, database_host
from tenfold.stack.service import Command
from tenfold.stack.services.postgres.configuration import SUPERUSER, lag_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.stack.site import Site

SECONDS_BEHIND = """\
select round(greatest(0, case
  when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
    and exists (select from pg_stat_wal_receiver where status = 'streaming') then 0
  else extract(epoch from now() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) end
)::numeric, 1)"""
"""Seconds that a replica is behind: 0 when all that was received is applied, otherwise the age of the last
transaction applied (of the start, when none was since). While it receives nothing it cannot know of newer
ones: then this is an upper bound."""
CONNECTED = "select count(*) from pg_stat_activity where backend_type = 'client backend'"
FOLLOWS = """\
select case when not pg_is_in_recovery() then 'no replica'
  when exists (select from pg_stat_wal_receiver where status = 'streaming') then 'follows'
  when current_setting('recovery_min_apply_delay') <> '0' then 'follows, later'
  else 'waits' end"""
"""A replica that applies later does not stream before it has applied what it has: it is ready all the same."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server as its clients reach it."""

    programs: str
    """Folder of the binary: psql is taken from there (the one on PATH may be a script of another version)."""
    host: str
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)


def reach_server(site: Site, port: str = "postgres") -> Server:
    """The server behind a port name: through its socket, or over TCP with the password."""
    # What the person's own environment says of other servers must not hold here.
    environment = {"PGCONNECT_TIMEOUT": "5", "PGSSLMODE": "disable", "PGOPTIONS": ""}
    if not site.sockets:
        environment["PGPASSWORD"] = site.secrets["database"]
    return Server(site.binaries["postgres"].folder, database_host(site), site.ports[port], environment)


def ask(server: Server, sql: str, *, user: str = USER, database: str = DATABASE) -> Command:
    """A command that prints what a query answers, bare: columns divided by "|"."""
    words = (f"{server.programs}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
    reached = ("-h", server.host, "-p", str(server.port), "-U", user, "-d", database)
    return Command((*words, *reached, "-c", sql), server.environment)


def ask_monitor(server: Server, sql: str) -> Command:
    """The same as the superuser: what a server says of its processes is hidden from other roles."""
    return ask(server, sql, user=SUPERUSER, database="postgres")


def open_shell(server: Server, *, user: str = USER, database: str = DATABASE) -> Command:
    """psql in the terminal."""
    words = ("-h", server.host, "-p", str(server.port), "-U", user, "-d", database)
    return Command((f"{server.programs}/psql", *words), server.environment)


def lag_file(replica: str) -> str:
    """Holds how much later a replica applies: written by `up` from its configuration, by `lag` as asked.

    A file that the settings include, not ALTER SYSTEM: what that writes would win over the configuration of
    every later `up`. The server reads it again when it is told to (SIGHUP); no restart is due.
    """
    return f"etc/{replica}/lag.conf"


def render_lag(seconds: float) -> str:
    return f"recovery_min_apply_delay = {lag_setting(seconds)}\n"


def replica_names(count: int) -> tuple[str, ...]:
    return tuple(f"replica-{number}" for number in range(1, count + 1))

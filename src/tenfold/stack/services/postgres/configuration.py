"""PostgreSQL's files as text: settings, who may connect, what a replica adds. Functions of values alone.

Paths are parameters, so that an export renders the same settings for another place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenfold.topology.model import Topology

REPLICATOR = "tenfold_replicator"
"""The role that replicas connect with: it may stream and nothing else."""
SUPERUSER = "postgres"
SLOT_KEEPS = 1024
"""MiB of WAL kept for a replica that is away; then its slot is given up and the replica is built anew,
rather than that the disk of the primary fills. PostgreSQL's own default is no limit.
https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE"""
SENDERS = 10
"""max_wal_senders and max_replication_slots, PostgreSQL's default: room for replicas and base backups."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server is reached."""

    port: int
    addresses: str = "127.0.0.1"
    """listen_addresses: "*" in a container, "" for no TCP."""
    sockets: str = ""
    """Folder of the Unix socket, "" for none."""


@dataclass(frozen=True, slots=True)
class Following:
    """What a replica needs to follow its primary."""

    primary: str
    """Connection string, without a password."""
    slot: str
    lag: float = 0.0
    """Seconds that it applies later."""


def quote_setting(value: str) -> str:
    """A value of postgresql.conf: a quote inside is doubled, a backslash too."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def quote_word(value: str) -> str:
    """A value of a libpq connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_literal(value: str) -> str:
    """A string in SQL (standard_conforming_strings is on everywhere)."""
    return "'" + value.replace("'", "''") + "'"


def connection_string(words: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quote_word(value)}" for name, value in words.items() if value)


def render_settings(
    topology: Topology,
    listening: Listening,
    *,
    access_file: str = "",
    includes: Iterable[str] = (),
    following: Following | None = None,
) -> str:
    """postgresql.conf of a primary, or of a replica with `following`.

    Statement timeouts are no matter of the server: migrations and dumps run for as long as they need; the
    application's own connections carry the limits (`connection_limits`).
    """
    sections = (
        ("Where it listens", _listening(listening, access_file)),
        ("Memory and connections", _sizes(topology)),
        ("Durability: what was committed is on disk", _durability()),
        ("Replication", _replication(following)),
        ("Planner", _planner()),
        ("Log", _log()),
    )
    lines = ["# Written by tenfold: changed here, it is lost at the next start."]
    for title, settings in sections:
        lines += ["", f"# {title}."]
        lines += [f"{name} = {value}" for name, value in settings.items()]
    lines += ["", *(f"include_if_exists = {quote_setting(path)}" for path in includes)]
    return "\n".join(lines).rstrip() + "\n"


def _listening(listening: Listening, access_file: str) -> dict[str, str]:
    # The folder is one of a list: in double quotes a comma or a blank in it divides nothing.
    folder = '"' + listening.sockets.replace('"', '""') + '"' if listening.sockets else ""
    found = {
        "listen_addresses": quote_setting(listening.addresses),
        "port": str(listening.port),
        "unix_socket_directories": quote_setting(folder),
        # Found dead within a minute, so that a vanished client frees its connection.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    return found | ({"hba_file": quote_setting(access_file)} if access_file else {})


def _sizes(topology: Topology) -> dict[str, str]:
    size = topology.database
    return {
        "max_connections": str(size.max_connections.whole),
        "shared_buffers": f"{size.shared_buffers.whole}MB",
        "effective_cache_size": f"{size.effective_cache_size.whole}MB",
        "work_mem": f"{size.work_mem.whole}MB",
        "maintenance_work_mem": f"{size.maintenance_work_mem.whole}MB",
        "max_wal_senders": str(SENDERS),
        "max_replication_slots": str(SENDERS),
    }


def _durability() -> dict[str, str]:
    return {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_level": "replica",
        "wal_compression": "on",  # pglz, which every build has
        "min_wal_size": "80MB",
        "max_wal_size": "1GB",
        "checkpoint_timeout": "10min",
    }


def _replication(following: Following | None) -> dict[str, str]:
    found = {
        "max_slot_wal_keep_size": f"{SLOT_KEEPS}MB",
        "wal_keep_size": "64MB",
        "hot_standby": "on",
        # A query on the replica is not cancelled because the primary vacuumed what it reads.
        "hot_standby_feedback": "on",
        # The default of 5 s is how long a replica stays away after the primary was restarted.
        "wal_retrieve_retry_interval": "500ms",
        "wal_receiver_timeout": "20s",
        "wal_sender_timeout": "20s",
    }
    if following is None:
        return found
    return found | {
        "primary_conninfo": quote_setting(following.primary),
        "primary_slot_name": quote_setting(following.slot),
        "recovery_min_apply_delay": lag_setting(following.lag),
    }


def lag_setting(seconds: float) -> str:
    """recovery_min_apply_delay takes whole milliseconds."""
    return f"'{round(seconds * 1000)}ms'"


def _planner() -> dict[str, str]:
    return {
        # Storage without a seek: https://www.postgresql.org/docs/current/runtime-config-query.html
        "random_page_cost": "1.1",
        # Compiling costs more than it saves on the short queries of web requests.
        "jit": "off",
    }


def _log() -> dict[str, str]:
    return {
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_line_prefix": "'%m [%p] %q%u@%d %a: '",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        "lc_messages": "'C'",
        "log_min_duration_statement": "500ms",
        "log_lock_waits": "on",
        "log_temp_files": "10MB",
        "log_autovacuum_min_duration": "10s",
        "log_checkpoints": "on",
        "track_io_timing": "on",
    }


def connection_limits(topology: Topology) -> dict[str, str]:
    """Settings of the application's own connections, in milliseconds: never of the server or of the role,
    since migrations use the same role and must not be cut."""
    ladder = topology.timeouts
    return {
        "statement_timeout": str(round(ladder.statement.seconds * 1000)),
        "lock_timeout": str(round(ladder.lock.seconds * 1000)),
        "idle_in_transaction_session_timeout": str(round(ladder.idle_in_transaction.seconds * 1000)),
    }


def render_access(
    *, local: str = "trust", networks: Iterable[str] = ("127.0.0.1/32", "::1/128"), replication: bool = True
) -> str:
    """pg_hba.conf: who may connect. The folder of the socket is its owner's alone, hence `local=trust`."""
    whats = ("all", "replication") if replication else ("all",)
    lines = ["# Written by tenfold.", *(f"local {what} all {local}" for what in whats)]
    lines += [f"host {what} all {net} scram-sha-256" for net in networks for what in whats]
    return "\n".join(lines) + "\n"


def render_statistics() -> str:
    """What is loaded before the start in a build that has it."""
    return "shared_preload_libraries = 'pg_stat_statements'"

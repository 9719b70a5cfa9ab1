"""What a cluster must hold before it serves, as SQL that may run any number of times."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from tenfold.stack.addresses import USER
from tenfold.stack.services.postgres.configuration import (
    REPLICATOR,
    SUPERUSER,
    quote_literal,
    render_statistics,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER_MAY = "login createdb"
"""What the application's role may: own its database, and create those of its tests."""
REPLICATOR_MAY = "login replication"


def settle_cluster(password: str, *, statistics_file: str, slots: Iterable[str]) -> str:
    """SQL for PostgreSQL's single-user mode: one statement a line.

    Roles are made and get their password; slots of replicas that are no more keep no WAL back.

    The statistics of statements are shown in the database "postgres", so that the project's own holds
    nothing of ours. What a server loads before it starts must be there, or it does not start: the line that
    loads pg_stat_statements is written by the server itself, and only when its build has the extension.
    """
    secret = quote_literal(password)
    known = "select from pg_available_extensions where name = 'pg_stat_statements'"
    create = "execute 'create extension if not exists pg_stat_statements'"
    load = f"select {quote_literal(render_statistics())} where exists ({known})"
    return "\n".join(
        (
            _create_role(USER, OWNER_MAY),
            _create_role(REPLICATOR, REPLICATOR_MAY),
            *(f"alter role {role} password {secret}" for role in (USER, REPLICATOR, SUPERUSER)),
            f"do $$ begin if exists ({known}) then {create}; end if; end $$",
            _drop_slots(slots),
            f"copy ({load}) to {quote_literal(statistics_file)}",
            "",
        )
    )


def mark_cluster(password: str, *, version: int, slots: Iterable[str]) -> str:
    """Changes when the cluster must be looked at again: the secrets were lost and made anew, another version
    meets the data, or there are other replicas than before."""
    secret = sha256(password.encode()).hexdigest()[:16]
    return ", ".join((f"PostgreSQL {version}", f"roles {secret}", *slots))


def _drop_slots(kept: Iterable[str]) -> str:
    names = ", ".join(map(quote_literal, ("", *kept)))
    return (
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
        f" where slot_name ~ '^replica_[0-9]+$' and slot_name not in ({names})"
    )


def _create_role(name: str, may: str) -> str:
    lacks = f"not exists (select from pg_roles where rolname = {quote_literal(name)})"
    return f"do $$ begin if {lacks} then create role {name} {may}; end if; end $$"

"""The roles of a new cluster, as SQL that may run any number of times."""

from __future__ import annotations

from hashlib import sha256

from tenfold.stack.addresses import USER
from tenfold.stack.services.postgres.configuration import (
    REPLICATOR,
    SUPERUSER,
    quote_literal,
    render_statistics,
)

OWNER_MAY = "login createdb"
"""What the application's role may: own its database, and create those of its tests."""
REPLICATOR_MAY = "login replication"


def settle_roles(password: str, *, statistics_file: str) -> str:
    """SQL for PostgreSQL's single-user mode: one statement a line.

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
            f"copy ({load}) to {quote_literal(statistics_file)}",
            "",
        )
    )


def mark_roles(password: str) -> str:
    """Changes when the roles must be settled again: the secrets were lost and made anew, the data were kept."""
    return "roles " + sha256(password.encode()).hexdigest()[:16]


def _create_role(name: str, may: str) -> str:
    lacks = f"not exists (select from pg_roles where rolname = {quote_literal(name)})"
    return f"do $$ begin if {lacks} then create role {name} {may}; end if; end $$"

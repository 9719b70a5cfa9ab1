"""Functions and triggers that keep something in PostgreSQL: put in place, taken away, compared with what is there."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE = "5s"
"""How long a trigger's DDL waits for its table: while it waits, every later writer waits behind it."""
INSTALLED = """\
select p.proname, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = any(current_schemas(false)) and p.proname = any(%s)"""
ATTACHED = """\
select t.tgname from pg_trigger t join pg_proc p on p.oid = t.tgfoid
where t.tgrelid = to_regclass(%s) and p.proname = %s and t.tgenabled in ('O', 'A')"""


def qualify(table: str, connection: BaseDatabaseWrapper) -> str:
    """The table with its schema, quoted, for a function's body: pg_restore and replication run it without a path."""
    quoted = str(connection.ops.quote_name(table))
    with connection.cursor() as cursor:
        cursor.execute(
            "select relnamespace::regnamespace::text from pg_class where oid = to_regclass(%s)", [quoted]
        )
        found = cursor.fetchone()
    return f"{found[0]}.{quoted}" if found else quoted


def refuse_truncation(what: str, *tables: str) -> str:
    """plpgsql for a trigger of TRUNCATE, which takes rows away that a transaction with a snapshot cannot see: what was
    counted of them stayed. The tables' sizes are of no snapshot, and 0 where all are truncated together, as by flush.
    """
    sizes = " + ".join("pg_relation_size('{}')".format(table.replace("'", "''")) for table in tables)
    return f"""\
    if current_setting('transaction_isolation') <> 'read committed' and {sizes} > 0 then
      raise exception '{what} cannot follow TRUNCATE at this isolation level, which does not see all that is there'
        using errcode = 'feature_not_supported', hint = 'Truncate at READ COMMITTED, or use DELETE.';
    end if;"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: its name, its table, and what stands between the name and the function."""

    name: str
    table: str
    event: str
    """`after insert` and the like."""
    level: str
    """What follows the table: referencing, for each, when."""
    function: str

    def create(self, connection: BaseDatabaseWrapper) -> str:
        name, table, function = (
            connection.ops.quote_name(one) for one in (self.name, self.table, self.function)
        )
        return (
            f"create or replace trigger {name} {self.event} on {table} {self.level}"
            f" execute function {function}()"
        )


@dataclass(frozen=True, slots=True)
class TriggerSet:
    """Everything that keeps one thing."""

    functions: tuple[tuple[str, str], ...]
    """(name, plpgsql body)."""
    triggers: tuple[Trigger, ...]

    def bodies(self, connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
        """What each function holds; it begins with a digest of its triggers, so that a change of theirs shows."""
        for name, body in self.functions:
            ddl = "\n".join(one.create(connection) for one in self.triggers if one.function == name)
            yield name, f"\n-- {sha256(ddl.encode()).hexdigest()[:16]}\n{body}"

    def create_statements(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        """In the place of those that are there."""
        for name, body in self.bodies(connection):
            quoted, mark = connection.ops.quote_name(name), "$keep$"
            while mark in body:
                mark = f"{mark[:-1]}_$"
            yield f"create or replace function {quoted}() returns trigger language plpgsql as {mark}{body}{mark}"
        for trigger in self.triggers:
            yield trigger.create(connection)

    def drop_statements(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        for name, _ in self.functions:
            yield f"drop function if exists {connection.ops.quote_name(name)}() cascade"


def run_ddl(statements: Iterator[str], *, using: str) -> None:
    """In one transaction that gives up, with OperationalError, when a table stays locked."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{PATIENCE}'")
        for statement in statements:
            cursor.execute(statement)


def find_faults(triggers: TriggerSet, *, using: str) -> tuple[str, ...]:
    """What is not as declared: "... is missing", "... is another", "... is off"; () when all is in place."""
    return tuple(_find_faults(triggers, connections[using]))


def _find_faults(triggers: TriggerSet, connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED, [[name for name, _ in triggers.functions]])
        there = dict(cursor.fetchall())
        for name, body in triggers.bodies(connection):
            if name not in there:
                yield f"function {name} is missing"
            elif there[name] != body:
                yield f"function {name} was made from another declaration"
        for trigger in triggers.triggers:
            cursor.execute(ATTACHED, [connection.ops.quote_name(trigger.table), trigger.function])
            if trigger.name not in {name for (name,) in cursor.fetchall()}:
                yield f"trigger {trigger.name} of {trigger.table} is missing or off"

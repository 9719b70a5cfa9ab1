"""Triggers that write the outbox: whatever changes a row, in the transaction that changes it.

ORM, `bulk_create`, `update()`, raw SQL, COPY, cascades and TRUNCATE (PostgreSQL) are all seen. An update of columns
that no document is made from is not queued. A row that documents refer to queues one entry, however many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections, transaction

from django_tenfold.search.columns import PREFIX
from django_tenfold.search.models import SearchChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.search.index import Hop, Shape

LOCK_SECONDS = 5
"""A trigger waits so long for the table at most; writers queue behind it meanwhile."""
ALL = "*"
"""The path of "everything may have changed"."""


def install_feed(shape: Shape, *, using: str) -> None:
    """Put the triggers in place that are missing, and renew what they do. Raises OperationalError when a table was
    busy for five seconds: run it again."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
        there = _list_triggers(connection)
        for number, hop in enumerate(shape.hops):
            for name, sql in _create_statements(shape, number, hop, connection):
                if name not in there:
                    cursor.execute(sql)


def remove_feed(shape: Shape, *, using: str) -> None:
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for number in range(len(shape.hops)):
            if connection.vendor == "postgresql":
                cursor.execute(f"drop function if exists {_name(shape, number)}() cascade")
        for name in find_triggers(shape, using=using):
            cursor.execute(f"drop trigger if exists {name}")


def find_triggers(shape: Shape, *, using: str) -> list[str]:
    """Names of the triggers of an index that are there."""
    names = {
        name
        for number, hop in enumerate(shape.hops)
        for name in _names(shape, number, hop, connections[using])
    }
    return sorted(names & _list_triggers(connections[using]))


def find_missing_triggers(shape: Shape, *, using: str) -> list[str]:
    connection = connections[using]
    names = {name for number, hop in enumerate(shape.hops) for name in _names(shape, number, hop, connection)}
    return sorted(names - _list_triggers(connection))


def _list_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    sql = "select name from sqlite_master where type = 'trigger'"
    if connection.vendor == "postgresql":
        sql = "select tgname from pg_trigger where not tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} and {'tgname' if 'pg_' in sql else 'name'} like 'tenfold_search_%'")
        return {name for (name,) in cursor.fetchall()}


def _name(shape: Shape, number: int) -> str:
    return f"{PREFIX}{shape.name}_feed{number}"


def _events(hop: Hop, connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    if (
        hop.path
    ):  # nothing refers to a row that is being made; one that goes takes or changes what refers to it
        return ("update",)
    return ("insert", "update", "delete", *(["truncate"] if connection.vendor == "postgresql" else []))


def _names(shape: Shape, number: int, hop: Hop, connection: BaseDatabaseWrapper) -> list[str]:
    return [f"{_name(shape, number)}_{event}" for event in _events(hop, connection)]


def _create_statements(
    shape: Shape, number: int, hop: Hop, connection: BaseDatabaseWrapper
) -> Iterator[tuple[str, str]]:
    """(name of the trigger, statement); the function of PostgreSQL's has no name here: it is always renewed."""
    write = _write_sqlite if connection.vendor == "sqlite" else _write_postgres
    yield from write(shape, number, hop, connection)


def _write_postgres(
    shape: Shape, number: int, hop: Hop, connection: BaseDatabaseWrapper
) -> Iterator[tuple[str, str]]:
    quote, name = connection.ops.quote_name, _name(shape, number)
    key = quote(hop.model._meta.pk.column)
    into = f"insert into {SearchChange._meta.db_table} (\"index\", path, key) select '{shape.name}', "
    into += f"'{hop.path}',"
    changed = f"o.{key} is null or n.{key} is null"
    if columns := _watched(shape, hop, connection):
        new, old = (", ".join(f"{side}.{column}" for column in columns) for side in "no")
        changed += f" or row({new}) is distinct from row({old})"
    else:
        changed = "true"
    yield (
        "",
        f"""\
create or replace function {name}() returns trigger language plpgsql as $feed$
begin
  if tg_op = 'INSERT' then
    {into} {key}::text from changed_to;
  elsif tg_op = 'DELETE' then
    {into} {key}::text from changed_from;
  elsif tg_op = 'UPDATE' then
    {into} coalesce(n.{key}, o.{key})::text
      from changed_from o full join changed_to n on n.{key} = o.{key} where {changed};
  else
    insert into {SearchChange._meta.db_table} ("index", path, key) values ('{shape.name}', '{ALL}', '');
  end if;
  return null;
end;
$feed$""",
    )
    tables = {
        "insert": "referencing new table as changed_to",
        "update": "referencing old table as changed_from new table as changed_to",
        "delete": "referencing old table as changed_from",
        "truncate": "",
    }
    for event in _events(hop, connection):
        yield (
            f"{name}_{event}",
            f"create trigger {name}_{event} after {event} on {quote(hop.model._meta.db_table)} {tables[event]}"
            f" for each statement execute function {name}()",
        )


def _write_sqlite(
    shape: Shape, number: int, hop: Hop, connection: BaseDatabaseWrapper
) -> Iterator[tuple[str, str]]:
    quote, name = connection.ops.quote_name, _name(shape, number)
    key, table = quote(hop.model._meta.pk.column), quote(hop.model._meta.db_table)
    into = f"insert into {SearchChange._meta.db_table} (\"index\", path, key) select '{shape.name}', '{hop.path}',"
    moved = f"new.{key} is not old.{key}"
    columns = _watched(shape, hop, connection)
    changed = " or ".join([moved, *(f"new.{one} is not old.{one}" for one in columns)]) if columns else "1"
    for event in _events(hop, connection):
        when = f" when {changed}" if event == "update" else ""
        body = f"{into} {'old' if event == 'delete' else 'new'}.{key};"
        body += f" {into} old.{key} where {moved};" if event == "update" else ""
        trigger = f"{name}_{event}"
        # A trigger cannot be replaced: what it does is made anew.
        yield "", f"drop trigger if exists {trigger}"
        yield "", f"create trigger {trigger} after {event} on {table}{when} begin {body} end"


def _watched(shape: Shape, hop: Hop, connection: BaseDatabaseWrapper) -> list[str]:
    """Quoted columns; none if any change of the row may count, since `where` may read any column."""
    if shape.where and not hop.path:
        return []
    return [connection.ops.quote_name(column) for column in hop.columns]

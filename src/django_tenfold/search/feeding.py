"""Triggers that write the outbox: whatever changes a row, in the transaction that changes it.

ORM, `bulk_create`, `update()`, raw SQL, COPY, cascades and TRUNCATE (PostgreSQL) are all seen. An update of columns
that no document is made from is not queued. A row that documents refer to queues one entry, however many they are.
"""

from __future__ import annotations

import re
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
    """Put the triggers in place that are missing, renew what they do, and take away those of an older declaration.

    Raises OperationalError when a table was busy for five seconds: run it again.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
        take_turns(shape, using=using)
        there = _list_triggers(shape, connection)
        wanted = {*_expect_triggers(shape, connection)}
        for name, table in sorted(there - wanted):
            cursor.execute(f"drop trigger {name}{f' on {table}' * (connection.vendor == 'postgresql')}")
        for number, hop in enumerate(shape.hops):
            for name, sql in _create_statements(shape, number, hop, connection):
                if (name, _table(hop, connection)) not in there:
                    cursor.execute(sql)


def take_turns(shape: Shape, *, using: str) -> None:
    """Until the transaction ends no other declares or begins a build of this index: PostgreSQL refuses one of two that
    replace a function at once. On SQLite there is one writer anyway."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{PREFIX}{shape.name}"])


def remove_feed(shape: Shape, *, using: str) -> None:
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name, table in sorted(_list_triggers(shape, connection)):
            cursor.execute(f"drop trigger {name}{f' on {table}' * (connection.vendor == 'postgresql')}")
        if connection.vendor == "postgresql":
            for number in range(len(shape.hops)):
                cursor.execute(f"drop function if exists {_name(shape, number)}() cascade")


def find_missing_triggers(shape: Shape, *, using: str) -> list[str]:
    connection = connections[using]
    missing = {*_expect_triggers(shape, connection)} - _list_triggers(shape, connection)
    return sorted(name for name, _ in missing)


def _expect_triggers(shape: Shape, connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    """(name, table)"""
    for number, hop in enumerate(shape.hops):
        for event in _events(hop, connection):
            yield f"{_name(shape, number)}_{event}", _table(hop, connection)


def _list_triggers(shape: Shape, connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """(name, table) of those of the index, of this declaration or an older one. Another schema may have its own."""
    ours = re.compile(rf"{PREFIX}{shape.name}_feed\d+_(insert|update|delete|truncate)")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = [_table(hop, connection) for hop in shape.hops]
            cursor.execute(
                "select tgname, coalesce(given.name, tgrelid::regclass::text) from pg_trigger left join"
                " (select distinct name, to_regclass(name)::oid as table from unnest(%s::text[]) name) given"
                " on given.table = tgrelid"
                " where not tgisinternal and (given.name is not null or pg_table_is_visible(tgrelid))",
                [tables],
            )
        else:
            cursor.execute("select name, tbl_name from sqlite_master where type = 'trigger'")
        found = {(name, table) for name, table in cursor.fetchall() if ours.fullmatch(name)}
    if connection.vendor == "postgresql":
        return found
    return {(name, connection.ops.quote_name(table)) for name, table in found}


def _table(hop: Hop, connection: BaseDatabaseWrapper) -> str:
    return str(connection.ops.quote_name(hop.model._meta.db_table))


def _name(shape: Shape, number: int) -> str:
    return f"{PREFIX}{shape.name}_feed{number}"


def _events(hop: Hop, connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    if hop.path and not hop.loose:
        # Nothing refers to a row that is being made; one that goes takes or changes what refers to it.
        return ("update",)
    truncate = connection.vendor == "postgresql" and not hop.path
    return ("insert", "update", "delete", *(["truncate"] * truncate))


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
    outbox = _find_outbox(connection)
    into = f"insert into {outbox} (\"index\", path, key) select '{shape.name}', '{hop.path}',"
    changed = f"o.{key} is null or n.{key} is null"
    new, old = (", ".join(f"{side}.{column}" for column in _compare_as(hop, connection)) for side in "no")
    changed += f" or row({new}) is distinct from row({old})"
    yield (
        "",
        f"""\
create or replace function {name}() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $feed$
begin
  if tg_op = 'INSERT' then
    {into} {key}::text from changed_to;
  elsif tg_op = 'DELETE' then
    {into} {key}::text from changed_from;
  elsif tg_op = 'UPDATE' then
    {into} coalesce(n.{key}, o.{key})::text
      from changed_from o full join changed_to n on n.{key} = o.{key} where {changed};
  else
    insert into {outbox} ("index", path, key) values ('{shape.name}', '{ALL}', '');
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
            f"create trigger {name}_{event} after {event} on {_table(hop, connection)} {tables[event]}"
            f" for each statement execute function {name}()",
        )


def _write_sqlite(
    shape: Shape, number: int, hop: Hop, connection: BaseDatabaseWrapper
) -> Iterator[tuple[str, str]]:
    quote, name = connection.ops.quote_name, _name(shape, number)
    key, table = quote(hop.model._meta.pk.column), quote(hop.model._meta.db_table)
    into = f"insert into {SearchChange._meta.db_table} (\"index\", path, key) select '{shape.name}', '{hop.path}',"
    moved = f"new.{key} is not old.{key}"
    columns = _watched(hop, connection)
    changed = " or ".join([moved, *(f"new.{one} is not old.{one}" for one in columns)])
    for event in _events(hop, connection):
        when = f" when {changed}" if event == "update" else ""
        body = f"{into} {'old' if event == 'delete' else 'new'}.{key};"
        body += f" {into} old.{key} where {moved};" if event == "update" else ""
        trigger = f"{name}_{event}"
        # A trigger cannot be replaced: what it does is made anew.
        yield "", f"drop trigger if exists {trigger}"
        yield "", f"create trigger {trigger} after {event} on {table}{when} begin {body} end"


def _watched(hop: Hop, connection: BaseDatabaseWrapper) -> list[str]:
    """Quoted columns that documents, or the condition of the index, are made from."""
    return [connection.ops.quote_name(column) for column in hop.columns]


def _compare_as(hop: Hop, connection: BaseDatabaseWrapper) -> list[str]:
    """Columns with the cast that they are compared by: a type of an extension has no operators in `pg_catalog`."""
    kinds = {field.column: type(field).__module__ for field in hop.model._meta.concrete_fields}
    return [
        f"{connection.ops.quote_name(column)}{'' if kinds[column].startswith('django.db.models') else '::text'}"
        for column in hop.columns
    ]


def _find_outbox(connection: BaseDatabaseWrapper) -> str:
    """With its schema: triggers find it whatever the search_path, and the rights, of who changes something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(n.nspname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.oid = %s::regclass",
            [SearchChange._meta.db_table],
        )
        return f"{cursor.fetchone()[0]}.{SearchChange._meta.db_table}"

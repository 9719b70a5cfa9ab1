"""The triggers of a counter, as SQL: one function, and a trigger for each kind of statement.

They are statement triggers with transition tables: a statement that changes ten thousand rows of ten products adds
ten rows of differences. https://www.postgresql.org/docs/current/sql-createtrigger.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.db.models import CounterDelta, CounterValue
from django_tenfold.db.row_conditions import compile_condition
from django_tenfold.db.trigger_sets import Trigger, TriggerSet, qualify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.counters import Counter

PREFIX = "tenfold_count_"
DELTAS, VALUES = CounterDelta._meta.db_table, CounterValue._meta.db_table
LOCK = "pg_advisory_xact_lock(hashtextextended(%(counter)s, 10))"
"""Held by a roll-up and by TRUNCATE: what one folds the other must not leave behind. Transaction-scoped, so that
PgBouncer in transaction mode keeps it with its owner."""


def make_counter_triggers(counter: Counter, connection: BaseDatabaseWrapper) -> TriggerSet:
    """What keeps the counter. Raises ValueError for one that triggers cannot keep."""
    name, table = PREFIX + counter.name, counter.source._meta.db_table
    return TriggerSet(
        functions=((name, _body(counter, connection)),),
        triggers=tuple(
            Trigger(f"{name}_{event}", table, f"after {event}", f"{tables} for each statement".lstrip(), name)
            for event, tables in (
                ("insert", "referencing new table as changed_to"),
                ("update", "referencing old table as changed_from new table as changed_to"),
                ("delete", "referencing old table as changed_from"),
                ("truncate", ""),
            )
        ),
    )


def create_statements(counter: Counter, connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Function and triggers, in the place of those that are there. Each takes its lock for an instant.

    Raises ValueError for a counter that triggers cannot keep.
    """
    yield from make_counter_triggers(counter, connection).create_statements(connection)


def drop_statements(counter: Counter, connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Triggers, function, and what was counted."""
    yield from make_counter_triggers(counter, connection).drop_statements(connection)
    for table in (DELTAS, VALUES):
        yield _compose(connection, f"delete from {table} where counter = %(counter)s", counter)


def _body(counter: Counter, connection: BaseDatabaseWrapper) -> str:
    plus, minus = (
        _summed(counter, connection, "changed_to"),
        _summed(counter, connection, "changed_from", sign="-"),
    )
    deltas, values = qualify(DELTAS, connection), qualify(VALUES, connection)
    insert = f"insert into {deltas} (counter, key, delta) select %(counter)s, key, "
    return _compose(
        connection,
        f"""\
begin
  if tg_op = 'INSERT' then
    {insert} delta from ({plus}) as added where delta <> 0;
  elsif tg_op = 'DELETE' then
    {insert} delta from ({minus}) as taken where delta <> 0;
  elsif tg_op = 'UPDATE' then
    {insert} sum(delta) from ({minus} union all {plus}) as changed group by key having sum(delta) <> 0;
  else
    perform {LOCK};
    delete from {deltas} where counter = %(counter)s;
    delete from {values} where counter = %(counter)s;
  end if;
  return null;
end;
""",
        counter,
    )


def _summed(counter: Counter, connection: BaseDatabaseWrapper, rows: str, *, sign: str = "") -> str:
    """What rows of a transition table add: (key, delta). The table's own name is its alias, so that the condition is
    the very one that Django makes for a query."""
    meta = counter.source._meta
    table = connection.ops.quote_name(meta.db_table)

    def column(name: str) -> str:
        return f"{table}.{connection.ops.quote_name(meta.get_field(name).column)}"

    key = f"{column(counter.by)}::text" if counter.by else "''"
    amount = f"sum({column(counter.add)})" if counter.add else "count(*)"
    where = _condition(counter, connection)
    filtered = f" where {where}" if where else ""
    return f"select {key} as key, {sign}{amount} as delta from {rows} as {table}{filtered} group by 1"


def _condition(counter: Counter, connection: BaseDatabaseWrapper) -> str:
    condition = compile_condition(counter.rows(), connection, of=f"Counter {counter.name!r}")
    # A condition's own per cent signs must survive the composition of the whole.
    return condition.replace("%", "%%")


def _compose(connection: BaseDatabaseWrapper, sql: str, counter: Counter) -> str:
    """The statement with the counter's name as a literal: neither functions nor DDL take parameters."""
    literal = connection.ops.compose_sql("%s", [counter.name])
    return sql % {"counter": literal}

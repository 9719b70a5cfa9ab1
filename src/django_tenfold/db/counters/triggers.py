"""The triggers of a counter, as SQL: one function, and a trigger for each kind of statement.

They are statement triggers with transition tables: a statement that changes ten thousand rows of ten products adds
ten rows of differences. https://www.postgresql.org/docs/current/sql-createtrigger.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import FieldDoesNotExist
from django.db.models import IntegerField

from django_tenfold.db.counters.declaring import LONGEST_KEY
from django_tenfold.db.models import CounterDelta, CounterValue
from django_tenfold.db.row_conditions import compile_condition
from django_tenfold.db.trigger_sets import Trigger, TriggerSet, qualify, refuse_truncation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.counters.declaring import Counter

PREFIX = "tenfold_count_"
DELTAS, VALUES = CounterDelta._meta.db_table, CounterValue._meta.db_table
UNSTEADY = {
    "DateTimeField": "the session's time zone",
    "DurationField": "the session's IntervalStyle",
    "FloatField": "the session's extra_float_digits",
    "BinaryField": "the session's bytea_output",
    "JSONField": "how PostgreSQL writes it, and has any length",
}
TEXTS = ("CharField", "TextField", "SlugField", "FileField", "FilePathField")
LOCK = "pg_advisory_xact_lock(hashtextextended(%(counter)s, 10))"
"""Held by a roll-up and by TRUNCATE: what one folds the other must not leave behind. Transaction-scoped, so that
PgBouncer in transaction mode keeps it with its owner."""


def make_counter_triggers(counter: Counter, connection: BaseDatabaseWrapper) -> TriggerSet:
    """What keeps the counter. Raises ValueError for one that triggers cannot keep."""
    if problems := [*find_counter_problems(counter)]:
        raise ValueError(f"Counter {counter.name!r}: {' '.join(problems)}")
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
    deltas, values = qualify(DELTAS, connection), qualify(VALUES, connection)
    plus, minus = (
        _changes(counter, connection, "changed_to"),
        _changes(counter, connection, "changed_from", sign="-"),
    )
    insert = f"insert into {deltas} (counter, key, delta) select %(counter)s, key, "
    return _compose(
        connection,
        f"""\
declare
  appended bigint;
begin
  if tg_op = 'INSERT' then
{_append(insert, plus)}
  elsif tg_op = 'DELETE' then
{_append(insert, minus)}
  elsif tg_op = 'UPDATE' then
    {insert} sum(delta) from ({minus} union all {plus}) as changed group by key having sum(delta) <> 0;
  else
{refuse_truncation(f"The counter {counter.name}", deltas, values)}
    perform {LOCK};
    delete from {deltas} where counter = %(counter)s;
    delete from {values} where counter = %(counter)s;
  end if;
  return null;
end;
""",
        counter,
    )


def _append(insert: str, changes: str) -> str:
    """Two rows as they are, the rest by key: most statements change one row, for which grouping is the dearest part.

    A transition table is read from its beginning in one order (the planner has one path for it), so OFFSET leaves out
    the rows that LIMIT took.
    """
    return f"""\
    {insert} delta from ({changes} limit 2) as first_ones;
    get diagnostics appended = row_count;
    if appended = 2 then
      {insert} sum(delta) from ({changes} offset 2) as others group by key having sum(delta) <> 0;
    end if;"""


def _changes(counter: Counter, connection: BaseDatabaseWrapper, rows: str, *, sign: str = "") -> str:
    """What each row of a transition table adds: (key, delta), never 0. The table's own name is its alias, so that the
    condition is the very one that Django makes for a query."""
    meta = counter.source._meta
    table = connection.ops.quote_name(meta.db_table)

    def column(name: str) -> str:
        field = meta.get_field(name)
        if field.model._meta.db_table != meta.db_table:
            raise ValueError(
                f"Counter {counter.name!r}: {name} is inherited and stands in the table of {field.model._meta.label}:"
                f" count the rows of that model."
            )
        return f"{table}.{connection.ops.quote_name(field.column)}"

    key = f"{column(counter.by)}::text" if counter.by else "''"
    amount = f"{column(counter.add)}::bigint" if counter.add else "1"
    wanted = [_condition(counter, connection), f"{amount} <> 0" if counter.add else ""]
    where = " and ".join(one for one in wanted if one)
    filtered = f" where {where}" if where else ""
    return f"select {key} as key, {sign}{amount} as delta from {rows} as {table}{filtered}"


def find_counter_problems(counter: Counter) -> Iterator[str]:
    """Why its columns cannot be counted by, a sentence each."""
    try:
        meta = counter.source._meta
        added = meta.get_field(counter.add) if counter.add else None
        held = meta.get_field(counter.by) if counter.by else None
        if counter.column:
            _ = counter.followed
    except (LookupError, ValueError, FieldDoesNotExist) as problem:
        yield f"{problem}. Name an installed model as 'app.Model', its fields, and a column as 'app.Model.field'."
        return
    if added is not None and not isinstance(getattr(added, "output_field", added), IntegerField):
        yield f"{counter.add} is a {added.get_internal_type()}, and a counter adds whole numbers up."
    if held is None:
        return
    while held.is_relation:
        held = held.target_field
    kind = held.get_internal_type()
    if kind in UNSTEADY:
        yield (
            f"{counter.by} is a {kind}, whose text depends on {UNSTEADY[kind]}: count by a column that is the same for"
            " every writer."
        )
    elif kind in TEXTS and (held.max_length or LONGEST_KEY + 1) > LONGEST_KEY:
        yield f"{counter.by} may be longer than the {LONGEST_KEY} characters of a key: writes would fail."


def _condition(counter: Counter, connection: BaseDatabaseWrapper) -> str:
    condition = compile_condition(counter.rows(), connection, of=f"Counter {counter.name!r}")
    # A condition's own per cent signs must survive the composition of the whole.
    return condition.replace("%", "%%")


def _compose(connection: BaseDatabaseWrapper, sql: str, counter: Counter) -> str:
    """The statement with the counter's name as a literal: neither functions nor DDL take parameters."""
    literal = connection.ops.compose_sql("%s", [counter.name])
    return sql % {"counter": literal}

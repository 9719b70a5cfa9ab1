"""Puts counters in place, keeps their differences few, and proves or mends what they say."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from django_tenfold.db.counters.columns import find_column_drifts, mend_columns, write_columns
from django_tenfold.db.counters.declaring import is_kept
from django_tenfold.db.counters.triggers import (
    DELTAS,
    LOCK,
    VALUES,
    create_statements,
    drop_statements,
)
from django_tenfold.db.trigger_sets import run_ddl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django_tenfold.db.counters.declaring import Counter

DRIFTS = f"""\
with counted as ({{counted}}),
known as (
  select key, sum(value) as value from (
    select key, value from {VALUES} where counter = %(counter)s
    union all select key, delta from {DELTAS} where counter = %(counter)s
  ) as parts group by key
)
select coalesce(known.key, counted.key) as key, coalesce(known.value, 0) as kept,
  coalesce(counted.number, 0) as counted
from known full join counted on known.key = counted.key
where coalesce(known.value, 0) <> coalesce(counted.number, 0)"""
MEND = f"""\
with wrong as ({{drifts}}),
mended as (
  insert into {DELTAS} (counter, key, delta) select %(counter)s, key, counted - kept from wrong
)
select {{told}} from wrong"""
ROLL_UP = f"""\
with gone as (delete from {DELTAS} where counter = any(%(counters)s) returning counter, key, delta),
sums as (select counter, key, sum(delta) as delta from gone group by counter, key),
kept as (
  insert into {VALUES} as known (counter, key, value) select counter, key, delta from sums
  on conflict (counter, key) do update set value = known.value + excluded.value
)
select (select count(*) from gone), (select array_agg(distinct key) from sums where %(followed)s)"""


@dataclass(frozen=True, slots=True)
class Drift:
    """A key whose number is not what its rows say."""

    counter: str
    key: str
    kept: int
    counted: int
    column: str = ""
    """That is not what the counter was at the last roll-up; empty: the counter itself is wrong."""


def install_counter(counter: Counter, *, using: str) -> int:
    """Put the triggers in place, then count what is there already; the number of keys that were filled.

    Writers are held for an instant only: rows are counted afterwards, in a snapshot, and what is written meanwhile is
    counted by the triggers. Nothing happens but on PostgreSQL. Raises OperationalError when the table stays locked.
    """
    if not is_kept(using):
        return 0
    connection = connections[using]
    run_ddl(create_statements(counter, connection), using=using)
    return mend_counter(counter, using=using)


def remove_counter(counter: Counter, *, using: str) -> None:
    """Take triggers and numbers away."""
    if not is_kept(using):
        return
    connection = connections[using]
    run_ddl(drop_statements(counter, connection), using=using)


def roll_up(counter: Counter, *, using: str) -> int:
    """Fold the committed differences into the values; how many there were. Readers see no moment in between."""
    return roll_up_together([counter], using=using)


def roll_up_together(counters: Sequence[Counter], *, using: str) -> int:
    """`roll_up` of several counters in one moment, and their columns: those are to be of one model."""
    followed = [one for one in counters if one.column]
    if not is_kept(using):
        return mend_columns(followed, using=using) if followed else 0
    names = [one.name for one in counters]
    with _alone(names, using) as cursor:
        cursor.execute(ROLL_UP, {"counters": names, "followed": bool(followed)})
        number, keys = cursor.fetchone()
        if followed and keys:
            write_columns(followed, keys, using=using)
    return int(number)


def verify_counter(counter: Counter, *, using: str) -> tuple[Drift, ...]:
    """Every key whose number is not what its rows say, in one statement and so of one moment. Reads the whole table."""
    if not is_kept(using):
        return ()
    wrong = (
        Drift(counter.name, *told, counter.column)
        for told in (find_column_drifts(counter, using=using) if counter.column else ())
    )
    return (*_find_drifts(counter, using), *wrong)


def repair_counter(counter: Counter, *, using: str) -> tuple[Drift, ...]:
    """Add what is missing to every number that is wrong; what was mended.

    No lock is needed: what is wrong at one moment is wrong by the same amount at any other, because writers go on
    adding differences of their own.
    """
    if not is_kept(using):
        return ()
    with _alone([counter.name], using):
        return tuple(_find_drifts(counter, using, mend=True))


def mend_counter(counter: Counter, *, using: str) -> int:
    """`repair_counter` for any number of keys: how many were wrong, and not which."""
    if not is_kept(using):
        return 0
    with _alone([counter.name], using) as cursor:
        cursor.execute(_write_drifts(counter, using, mend="count(*)"), {"counter": counter.name})
        return int(cursor.fetchone()[0])


@contextmanager
def _alone(names: Sequence[str], using: str) -> Iterator[Any]:
    """A transaction that holds the counters' locks, whose next statement sees what their last holder committed: two
    repairs at once would add the same correction twice. Raises TransactionManagementError inside a transaction of
    another isolation level, which has its snapshot already."""
    connection = connections[using]
    inside = connection.in_atomic_block
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if inside:
            cursor.execute("select current_setting('transaction_isolation')")
            (level,) = cursor.fetchone()
            if level != "read committed":
                raise transaction.TransactionManagementError(
                    f"A transaction at {level.upper()} does not see what others have counted since it began: call this"
                    " outside of atomic()."
                )
        else:
            cursor.execute("set transaction isolation level read committed")
        for name in sorted(names):
            cursor.execute(f"select {LOCK}", {"counter": name})
        yield cursor


def _write_drifts(counter: Counter, using: str, *, mend: str = "") -> str:
    """The statement that finds what is wrong; with `mend` it adds what is missing, and tells that of it."""
    connection = connections[using]
    sql, values = counter.numbers().using(using).query.sql_with_params()
    counted = connection.ops.compose_sql(sql, values).replace("%", "%%")
    drifts = DRIFTS.format(counted=f"select counted_key as key, number from ({counted}) as numbers")
    return MEND.format(drifts=drifts, told=mend) if mend else drifts


def _find_drifts(counter: Counter, using: str, *, mend: bool = False) -> Iterator[Drift]:
    sql = _write_drifts(counter, using, mend="key, kept, counted" if mend else "")
    with connections[using].cursor() as cursor:
        cursor.execute(sql, {"counter": counter.name})
        for key, kept, number in cursor.fetchall():
            yield Drift(counter.name, str(key), int(kept), int(number))

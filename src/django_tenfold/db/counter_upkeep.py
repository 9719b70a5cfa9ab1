"""Puts counters in place, keeps their differences few, and proves or mends what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections, transaction

from django_tenfold.db.counter_triggers import (
    DELTAS,
    LOCK,
    VALUES,
    create_statements,
    drop_statements,
)
from django_tenfold.db.counters import is_kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.db.counters import Counter

PATIENCE = "5s"
"""How long a trigger's DDL waits for its table: while it waits, every later writer waits behind it."""
DRIFTS = f"""\
with counted as ({{counted}}),
known as (
  select key, sum(value) as value from (
    select key, value from {VALUES} where counter = %(counter)s
    union all select key, delta from {DELTAS} where counter = %(counter)s
  ) as parts group by key
)
select coalesce(known.key, counted.key), coalesce(known.value, 0), coalesce(counted.number, 0)
from known full join counted on known.key = counted.key
where coalesce(known.value, 0) <> coalesce(counted.number, 0)"""
ROLL_UP = f"""\
with gone as (delete from {DELTAS} where counter = %(counter)s returning key, delta),
sums as (select key, sum(delta) as delta from gone group by key),
kept as (
  insert into {VALUES} as known (counter, key, value) select %(counter)s, key, delta from sums
  on conflict (counter, key) do update set value = known.value + excluded.value
)
select count(*) from gone"""


@dataclass(frozen=True, slots=True)
class Drift:
    """A key whose number is not what its rows say."""

    counter: str
    key: str
    kept: int
    counted: int


def install_counter(counter: Counter, *, using: str) -> int:
    """Put the triggers in place, then count what is there already; the number of keys that were filled.

    Writers are held for an instant only: rows are counted afterwards, in a snapshot, and what is written meanwhile is
    counted by the triggers. Nothing happens but on PostgreSQL. Raises OperationalError when the table stays locked.
    """
    if not is_kept(using):
        return 0
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{PATIENCE}'")
        for statement in create_statements(counter, connection):
            cursor.execute(statement)
    return len(repair_counter(counter, using=using))


def remove_counter(counter: Counter, *, using: str) -> None:
    """Take triggers and numbers away."""
    if not is_kept(using):
        return
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{PATIENCE}'")
        for statement in drop_statements(counter, connection):
            cursor.execute(statement)


def roll_up(counter: Counter, *, using: str) -> int:
    """Fold the committed differences into the values; how many there were. Readers see no moment in between."""
    if not is_kept(using):
        return 0
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"select {LOCK}", {"counter": counter.name})
        cursor.execute(ROLL_UP, {"counter": counter.name})
        return int(cursor.fetchone()[0])


def verify_counter(counter: Counter, *, using: str) -> tuple[Drift, ...]:
    """Every key whose number is not what its rows say, in one statement and so of one moment. Reads the whole table."""
    if not is_kept(using):
        return ()
    return tuple(_find_drifts(counter, using))


def repair_counter(counter: Counter, *, using: str) -> tuple[Drift, ...]:
    """Add what is missing to every number that is wrong; what was mended.

    No lock is needed: what is wrong at one moment is wrong by the same amount at any other, because writers go on
    adding differences of their own.
    """
    if not is_kept(using):
        return ()
    with transaction.atomic(using=using):
        # Two repairs at once would add the same correction twice.
        with connections[using].cursor() as cursor:
            cursor.execute(f"select {LOCK}", {"counter": counter.name})
        found = tuple(_find_drifts(counter, using))
        with connections[using].cursor() as cursor:
            cursor.executemany(
                f"insert into {DELTAS} (counter, key, delta) values (%s, %s, %s)",
                [(one.counter, one.key, one.counted - one.kept) for one in found],
            )
    return found


def _find_drifts(counter: Counter, using: str) -> Iterator[Drift]:
    connection = connections[using]
    sql, values = counter.numbers().using(using).query.sql_with_params()
    counted = connection.ops.compose_sql(sql, values).replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(
            DRIFTS.format(counted=f"select counted_key as key, number from ({counted}) as numbers"),
            {"counter": counter.name},
        )
        for key, kept, number in cursor.fetchall():
            yield Drift(counter.name, str(key), int(kept), int(number))

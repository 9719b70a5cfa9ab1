"""Reads, changes and deletes many rows in batches by ranges of the primary key.

One UPDATE of ten million rows holds ten million locks, fills the log and is undone as a whole when it is
interrupted. Batches are short transactions: other writers get in between, replicas keep up, and what is done
stays done. Each batch is found from the last key of the one before (`WHERE pk > ... ORDER BY pk LIMIT n`), so the
last costs what the first did; OFFSET would read all rows before it again.

    from django_tenfold.db.batches import update_in_batches

    update_in_batches(Review.objects.filter(language=""), language="en", progress=print)

Rows that are inserted meanwhile with a higher key are met; a row whose key lies behind the last batch is not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from asgiref.sync import sync_to_async
from django.db import OperationalError, connections, router, transaction

from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django.db.models import Model, QuerySet

RETRIED = frozenset({"40001", "40P01", "55P03", "57014"})
"""SQLSTATE of serialisation failure, deadlock, lock timeout, statement timeout.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
RETRIED_BY_MYSQL = frozenset({1205, 1213})
"""Lock wait timeout and deadlock. https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html"""
FIRST_WAIT = 0.1
"""Seconds before the second try; doubled before each further one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is, after a batch."""

    rows: int
    """Rows changed so far, by this call."""
    batches: int
    last: Any
    """The last key that is done: `after=last` goes on from here."""
    seconds: float
    """Since the call."""

    def __str__(self) -> str:
        rate = self.rows / self.seconds if self.seconds else 0
        return f"{self.rows:,} rows in {self.batches:,} batches, up to key {self.last} ({rate:,.0f} rows/s)"


Report: TypeAlias = "Callable[[Progress], object] | None"


def iterate_batches(
    rows: QuerySet[Any], *, size: int | None = None, after: Any = None
) -> Iterator[list[Model]]:
    """The rows in lists of up to `size`, in the order of their keys; one query each, no cursor is held.

    Unlike `iterator()` nothing stays open between two lists: it works through PgBouncer in transaction mode, and
    however long the caller takes. The queryset's own order and slices are refused, because a batch has its own.
    """
    _refuse_what_batches_cannot_do(rows)
    size = size or options().batch_rows
    last = after
    while batch := list(_in_order(rows, last)[:size]):
        yield batch
        last = batch[-1].pk


async def aiterate_batches(
    rows: QuerySet[Any], *, size: int | None = None, after: Any = None
) -> AsyncIterator[list[Model]]:
    """`iterate_batches` for coroutines."""
    _refuse_what_batches_cannot_do(rows)
    size = size or options().batch_rows
    last = after
    while batch := [row async for row in _in_order(rows, last)[:size]]:
        yield batch
        last = batch[-1].pk


def update_in_batches(
    rows: QuerySet[Any],
    *,
    size: int | None = None,
    share: float | None = None,
    after: Any = None,
    progress: Report = None,
    **values: Any,
) -> Progress:
    """`rows.update(**values)`, a batch at a time, each in a transaction of its own.

    `share` is the part of the time that batches may be at work; `progress` is called after each batch. Returns the
    last progress; stopped half-way, `after=` goes on from its `last`. Raises TransactionManagementError inside a
    transaction, where batches would all be one, and what the last try of a batch met.
    """
    if not values:
        raise TypeError("update_in_batches() needs the values to set, as keyword arguments")
    return change_in_batches(
        rows, lambda batch: batch.update(**values), size, share=share, after=after, progress=progress
    )


def delete_in_batches(
    rows: QuerySet[Any],
    *,
    size: int | None = None,
    share: float | None = None,
    after: Any = None,
    progress: Report = None,
) -> Progress:
    """`rows.delete()`, a batch at a time, each in a transaction of its own; see `update_in_batches`.

    Rows of other tables that go with them are counted as `delete()` counts them.
    """
    return change_in_batches(
        rows, lambda batch: batch.delete()[0], size, share=share, after=after, progress=progress
    )


async def aupdate_in_batches(rows: QuerySet[Any], **named: Any) -> Progress:
    """`update_in_batches` in a thread: Django has no transactions for coroutines."""
    return await sync_to_async(update_in_batches)(rows, **named)


async def adelete_in_batches(rows: QuerySet[Any], **named: Any) -> Progress:
    """`delete_in_batches` in a thread: Django has no transactions for coroutines."""
    return await sync_to_async(delete_in_batches)(rows, **named)


def change_in_batches(
    rows: QuerySet[Any],
    change: Callable[[QuerySet[Any]], int],
    size: int | None = None,
    *,
    share: float | None = None,
    after: Any = None,
    progress: Report = None,
) -> Progress:
    """`change(batch)`, which tells how many rows it changed, for each batch; see `update_in_batches`."""
    _refuse_what_batches_cannot_do(rows)
    chosen = options()
    size, share = size or chosen.batch_rows, chosen.batch_share if share is None else share
    if not 0 < share <= 1:
        raise ValueError(
            f"share={share!r}: the part of the time that batches may be at work lies above 0, up to 1."
        )
    rows = rows.using(router.db_for_write(rows.model) if rows._db is None else rows._db)
    _refuse_a_transaction(rows.db)
    begun = time.monotonic()
    done = Progress(rows=0, batches=0, last=after, seconds=0.0)
    while True:
        started = time.monotonic()
        step = _try_batch(rows, change, size, after=done.last, tries=chosen.batch_tries)
        if step is None:
            return done
        changed, last = step
        took = time.monotonic() - started
        done = Progress(done.rows + changed, done.batches + 1, last, time.monotonic() - begun)
        if progress is not None:
            progress(done)
        time.sleep(took * (1 - share) / share)


def _try_batch(
    rows: QuerySet[Any], change: Callable[[QuerySet[Any]], int], size: int, *, after: Any, tries: int
) -> tuple[int, Any] | None:
    """(rows changed, last key), or None when nothing is left. A batch that met a lock is tried again."""
    for left in reversed(range(tries)):
        try:
            with transaction.atomic(using=rows.db):
                keys = list(_in_order(rows, after).values_list("pk", flat=True)[:size])
                if not keys:
                    return None
                # By range, and by the queryset's own conditions again: a row that left them is not touched.
                return change(_beyond(rows, after).filter(pk__lte=keys[-1])), keys[-1]
        except OperationalError as problem:
            if not left or not can_pass(problem):
                raise
            time.sleep(FIRST_WAIT * 2 ** (tries - 1 - left))
    raise AssertionError("unreachable: the last try returns or raises")


def can_pass(problem: OperationalError) -> bool:
    """Whether trying again can help, by the driver's own code of the error."""
    cause = problem.__cause__
    if (getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)) in RETRIED:
        return True
    code = problem.args[0] if problem.args else None
    return code in RETRIED_BY_MYSQL or "database is locked" in str(problem)


def _beyond(rows: QuerySet[Any], last: Any) -> QuerySet[Any]:
    return rows if last is None else rows.filter(pk__gt=last)


def _in_order(rows: QuerySet[Any], last: Any) -> QuerySet[Any]:
    found = _beyond(rows, last).order_by("pk")
    found.query.standard_ordering = True  # reverse() would turn this order too
    return found


def _refuse_what_batches_cannot_do(rows: QuerySet[Any]) -> None:
    query = rows.query
    if rows._fields is not None:
        raise TypeError(
            "Batches go by the key of each row: take only(...) in the place of values() or values_list()."
        )
    if query.is_sliced:
        raise TypeError("A sliced queryset cannot be taken in batches: pass size= and after= in its place.")
    if query.distinct_fields or query.combinator:
        raise TypeError(
            "distinct(...) on fields and union() cannot be taken in batches by key: filter instead."
        )


def _refuse_a_transaction(alias: str) -> None:
    if connections[alias].in_atomic_block:
        raise transaction.TransactionManagementError(
            "Batches inside a transaction are one long transaction: its locks stay until the end. Call this outside"
            " of atomic(); in a migration set atomic = False."
        )

"""Counts that say how they were obtained: exact, capped or estimated.

`count(*)` visits every row: 5 million take a quarter of a second and more, for a number that nobody reads to the
last digit. PostgreSQL keeps the number of rows of each table (pg_class.reltuples, as of the last VACUUM or ANALYZE)
and estimates those of a condition when it plans a query; a cap stops counting where it stops mattering.

    count_rows(Review.objects.all())                        # mode "auto"
    RowCount(number=10_000_000, method="estimate")          # str(): "about 10,000,000"
    count_rows(rows, mode="capped", cap=10_000)             # str(): "10,000+"

Estimates of conditions on columns that depend on each other can be far off:
https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED (CREATE STATISTICS helps).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.paginator import Paginator
from django.db import connections

if TYPE_CHECKING:
    from django.db.models import QuerySet

MODES = ("exact", "capped", "estimate", "auto")
CAP = 10_000


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows and where it is from."""

    number: int
    method: str
    """ "exact"; "capped": there are more than `number`; "estimate": of the database's statistics."""

    def __int__(self) -> int:
        return self.number

    def __str__(self) -> str:
        before, after = {"estimate": ("about ", ""), "capped": ("", "+")}.get(self.method, ("", ""))
        return f"{before}{self.number:,}{after}"


def count_rows(queryset: QuerySet[Any], *, mode: str = "auto", cap: int = CAP) -> RowCount:
    """How many rows there are.

    "exact" counts them. "capped" counts up to `cap`. "estimate" asks the statistics of PostgreSQL, and counts
    exactly where there are none: another database, a table never analysed. "auto" counts up to `cap` and estimates
    what is beyond it, so that small numbers are exact and large ones are cheap; an estimate of fewer rows than were
    just counted is wrong, and "capped" is what is known. Raises ValueError for another mode.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    if mode == "exact":
        return RowCount(queryset.count(), "exact")
    if mode == "estimate":
        estimated = estimate_rows(queryset)
        return RowCount(queryset.count(), "exact") if estimated is None else RowCount(estimated, "estimate")
    if mode == "auto" and not _is_filtered(queryset):
        # The whole table: its statistics are nearer and cheaper than ten thousand rows read.
        estimated = estimate_rows(queryset)
        if estimated is not None and estimated > cap:
            return RowCount(estimated, "estimate")
    found = _count_up_to(queryset, cap)
    if found <= cap:
        return RowCount(found, "exact")
    estimated = estimate_rows(queryset) if mode == "auto" else None
    if estimated is None or estimated < found:
        return RowCount(cap, "capped")
    return RowCount(estimated, "estimate")


async def acount_rows(queryset: QuerySet[Any], *, mode: str = "auto", cap: int = CAP) -> RowCount:
    """See count_rows()."""
    return await sync_to_async(count_rows)(queryset, mode=mode, cap=cap)


def estimate_rows(queryset: QuerySet[Any]) -> int | None:
    """What the statistics say; None where they say nothing: no PostgreSQL, a table never analysed, window filters."""
    query = queryset.query
    if connections[queryset.db].vendor != "postgresql" or query.where.contains_over_clause:
        return None
    in_table = _estimate_table(queryset)
    if in_table is None or not _is_filtered(queryset):
        return in_table
    told = (queryset if query.is_sliced else queryset.order_by()).explain(format="json")
    if not told:  # none(), or a condition that nothing meets: Django asks nothing
        return 0
    (plan,) = json.loads(told)
    return int(plan["Plan"]["Plan Rows"])


def _is_filtered(queryset: QuerySet[Any]) -> bool:
    """Whether the rows may be others than those of the table."""
    query = queryset.query
    return bool(
        query.where
        or query.is_sliced
        or query.extra_tables
        or query.combinator
        or query.distinct
        or query.group_by is not None
        or any(join.join_type for join in query.alias_map.values() if hasattr(join, "join_type"))
    )


def _estimate_table(queryset: QuerySet[Any]) -> int | None:
    """reltuples of the table, or the sum of those of its partitions; -1 means never analysed (PostgreSQL 14 on).

    0 tells nothing either: a view has it, and a table that was emptied before it was filled.
    """
    table = queryset.model._meta.db_table
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(
            "with recursive parts(oid) as ("
            " select to_regclass(%s)::oid union all"
            " select i.inhrelid from pg_inherits i join parts on i.inhparent = parts.oid)"
            " select sum(reltuples), min(reltuples) from pg_class"
            " where oid in (select oid from parts) and relkind <> 'p'",
            [connections[queryset.db].ops.quote_name(table)],
        )
        number, least = cursor.fetchone()
    return None if not number or least < 0 else int(number)


def _count_up_to(queryset: QuerySet[Any], cap: int) -> int:
    """The number of rows, or cap + 1."""
    if queryset.query.is_sliced:
        return min(queryset.count(), cap + 1)
    found: int = queryset.order_by()[: cap + 1].count()
    return found


class CountingPaginator(Paginator):
    """A Paginator whose `count` is obtained by `mode`: for a ListView or, as `paginator`, an admin class.

    `row_count` says how; `str(paginator.row_count)` is for people. An estimate may be too small or too large: the
    last page may be missing or empty, an empty one is no error. With "capped" pages end at the cap.
    """

    mode = "auto"
    cap = CAP

    @cached_property
    def row_count(self) -> RowCount:
        rows: Any = self.object_list
        if not hasattr(rows, "query"):
            return RowCount(len(rows), "exact")
        return count_rows(rows, mode=self.mode, cap=self.cap)

    @cached_property
    def count(self) -> int:
        return self.row_count.number

"""Where the lines of an export come from: COPY, or rows read in batches.

Both give rows in the order of the primary key in many short statements, each from the last key of the one before:
no transaction is open for the time of a download, and after a cut it goes on from any key. A queryset with an order
or a slice of its own is one statement.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import AutoField, Case, F, IntegerField, Max, Min, TextField, Value, When
from django.db.models.functions import Cast, Concat, Ord
from django.db.models.lookups import In

from django_tenfold.api.export.copy import CopiedRows
from django_tenfold.api.export.json import select_json, write_json_copy
from django_tenfold.api.export.text import FORMULA, csv_writer, json_writer
from django_tenfold.api.row_sets import has_windows, reaches_many, repeats_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from django_tenfold.api.export.columns import Known

BLOCK = 65_536
"""Bytes that are handed on at once."""
FIRST_LINES = 16
"""Of the first block, whose lines may be of any length; then as many as fill BLOCK."""
MOST_LINES = 4_096
CHUNK_ROWS = 100_000
"""Of one COPY: what a cut on the way from the database costs."""
BATCH_ROWS = 2_000
"""Of one query where rows are iterated: 2,000 rows of ten columns are some 2 MB of Python objects."""


@dataclass(slots=True)
class Tally:
    """What has been written so far."""

    rows: int = 0
    done: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """An export, ready to be read."""

    queryset: QuerySet[Any]
    columns: tuple[Known, ...]
    as_json: bool
    safe: bool
    by_key: bool
    """Whether it is read in the order of the key, in many statements."""
    after: Any = None
    """The key after which it begins."""


def is_resumable(queryset: QuerySet[Any], columns: Iterable[Known]) -> bool:
    """Whether a key tells one row: one key column, no slice, no order but that of the key, nothing of many rows."""
    query, meta = queryset.query, queryset.model._meta
    if query.is_sliced or query.combinator or query.distinct_fields or len(meta.pk_fields) != 1:
        return False
    if has_windows(query) or _is_of_groups(queryset) or _has_rows_of_one_key(queryset, columns):
        return False
    usual = meta.ordering if query.default_ordering and query.group_by is None else ()
    told = query.order_by or usual
    by_key = {("pk",), (meta.pk.name,), (meta.pk.attname,)}
    return not query.extra_order_by and (not told or tuple(told) in by_key) and query.standard_ordering


def _is_of_groups(queryset: QuerySet[Any]) -> bool:
    """values() with distinct() or aggregates: a key beside them would be a row for each of the table."""
    query = queryset.query
    return queryset._fields is not None and (query.distinct or query.group_by is not None)


def _has_rows_of_one_key(queryset: QuerySet[Any], columns: Iterable[Known]) -> bool:
    """A to-many relation that is exported, or filtered by without distinct()."""
    query = queryset.query.chain()
    for column in columns:
        resolved = F(column.name).resolve_expression(query, allow_joins=True)
        if not resolved.contains_aggregate and reaches_many(resolved, query, annotated=True):
            return True
    return not (query.distinct or query.group_by is not None) and repeats_rows(query)


def copy_lines(plan: Plan, tally: Tally) -> Generator[bytes, None, None]:
    """Blocks of lines that PostgreSQL writes."""
    finish = write_json_copy(plan.columns, plan.queryset.db).finish if plan.as_json else b"".join
    for part in _parts(plan, tally):
        statement = _copy_statement(plan, part)
        if statement is None:
            continue
        sql, values = statement
        # Past Django's wrapper, whose copy() takes no parameters under DEBUG. Leaving the block early cancels the
        # statement, so a reader who goes away frees the connection.
        connection = connections[part.db]
        with (
            connection.cursor() as wrapped,
            connection.wrap_database_errors,
            wrapped.cursor.copy(sql, values) as copied,
        ):
            yield from _join_lines(CopiedRows(copied), tally, finish)
    tally.done = True


def _join_lines(
    rows: CopiedRows, tally: Tally, finish: Callable[[list[Any]], bytes]
) -> Generator[bytes, None, None]:
    """Blocks of about BLOCK bytes."""
    wanted = FIRST_LINES
    while taken := rows.take(wanted):
        tally.rows += len(taken)
        block = finish(taken)
        wanted = max(1, min(MOST_LINES, BLOCK * len(taken) // len(block)))
        yield block


def iterate_lines(plan: Plan, tally: Tally) -> Generator[bytes, None, None]:
    """Blocks of lines that Python writes."""
    write = json_writer(plan.columns) if plan.as_json else csv_writer(plan.columns, safe=plan.safe)
    with closing(_batches(plan)) as batches:
        for batch in batches:
            tally.rows += len(batch)
            yield "".join([write(row) for row in batch]).encode()
    tally.done = True


def _batches(plan: Plan) -> Generator[Sequence[Any], None, None]:
    names = [one.name for one in plan.columns]
    if not plan.by_key:
        batch = []
        for row in plan.queryset.values_list(*names).iterator(chunk_size=BATCH_ROWS):
            batch.append(row)
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
        yield batch
        return
    last = plan.after
    while True:
        rows = _beyond(plan.queryset, last).order_by("pk")
        # The key for itself and not by name: it may be among the columns already.
        batch = [*rows.values_list(*(F(name) for name in names), F("pk"))[:BATCH_ROWS]]
        yield [row[:-1] for row in batch]
        if len(batch) < BATCH_ROWS:
            return
        last = batch[-1][-1]


def _parts(plan: Plan, tally: Tally) -> Iterator[QuerySet[Any]]:
    """The rows in parts of about CHUNK_ROWS, by key."""
    if not plan.by_key:
        yield plan.queryset
    elif isinstance(plan.queryset.model._meta.pk, (IntegerField, AutoField)):
        yield from _parts_by_number(plan, tally)
    else:
        yield from _parts_by_place(plan)


def _parts_by_number(plan: Plan, tally: Tally) -> Iterator[QuerySet[Any]]:
    """By spans of whole numbers, wider where few of them are rows: nothing has to be counted to find an end."""
    rows = plan.queryset.order_by("pk")
    ends = plan.queryset.model._base_manager.using(plan.queryset.db).aggregate(
        first=Min("pk"), last=Max("pk")
    )
    if ends["last"] is None:
        return
    place = ends["first"] - 1 if plan.after is None else plan.after
    span = CHUNK_ROWS
    while place < ends["last"]:
        before = tally.rows
        end = place + span
        part = rows.filter(pk__gt=place)
        yield part.filter(pk__lte=end) if end < ends["last"] else part
        place = end
        found = tally.rows - before
        span = (
            span * 4
            if found < CHUNK_ROWS // 2
            else max(CHUNK_ROWS, span // 4 if found > CHUNK_ROWS else span)
        )


def _parts_by_place(plan: Plan) -> Iterator[QuerySet[Any]]:
    """By the key of the last row of each part, found in the index first."""
    last = plan.after
    while True:
        rest = _beyond(plan.queryset, last).order_by("pk")
        bound = [*rest.values_list("pk", flat=True)[CHUNK_ROWS - 1 : CHUNK_ROWS]]
        yield rest.filter(pk__lte=bound[0]) if bound else rest
        if not bound:
            return
        last = bound[0]


def _beyond(queryset: QuerySet[Any], last: Any) -> QuerySet[Any]:
    return queryset if last is None else queryset.filter(pk__gt=last)


def _copy_statement(plan: Plan, part: QuerySet[Any]) -> tuple[str, Any] | None:
    """(SQL, values); None where nothing can match."""
    told = part.values_list(*(_expression(one, plan) for one in plan.columns))
    try:
        sql, values = told.query.get_compiler(using=part.db).as_sql()
    except EmptyResultSet:
        return None  # nothing can match
    if told.query.distinct:  # Django selects what it is ordered by too
        names = ", ".join(f"c{number}" for number, _ in enumerate(plan.columns))
        sql = f"select {names} from ({sql}) as told({names})"
    if plan.as_json:
        made = write_json_copy(plan.columns, part.db)
        sql = made.before + sql + made.after
    else:
        sql = f"copy ({sql}) to stdout with (format csv)"
    # Without values psycopg takes the text as it is, and does not make one percent sign of two.
    return (sql, values) if values else (sql.replace("%%", "%"), None)


def _expression(column: Known, plan: Plan) -> Any:
    """What to select so that PostgreSQL's text is the one to write."""
    if plan.as_json:
        return select_json(column, plan.columns)
    if column.kind == "boolean":
        return Cast(column.name, TextField())  # "true", not "t"
    if column.kind == "text" and plan.safe:
        begins = In(Ord(column.name), [ord(one) for one in FORMULA])
        guarded = Concat(Value("'"), column.name, output_field=TextField())
        return Case(When(begins, then=guarded), default=F(column.name), output_field=TextField())
    return F(column.name)

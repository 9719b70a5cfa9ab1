"""The columns of a COPY as SQL: their cells in the staging table, what is inserted from them, and how.

The staging table lives in the transaction of its block (ON COMMIT DROP), so that PgBouncer in transaction mode may give
the next block another connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_tenfold.db.ingest.columns import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_tenfold.db.ingest.job import Job

STAGE = "tenfold_ingest"
COPIED = 1_048_576
"""Bytes given to the driver at a time."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One column of the COPY."""

    name: str
    """As the source has it, or the field's."""
    field: Any
    """None for one that is left out."""
    natural: Any
    column: str
    """Of the table, quoted; "" for one that is left out."""
    cell: str
    """Of the staging table, quoted."""
    type: str
    is_text: bool
    value: str
    """What is inserted: of the row `s` of the staging table."""
    given: bool
    """Whether the source has it."""

    @property
    def lost(self) -> str:
        """The condition that no row is found by the natural key."""
        return f"s.{self.cell} is not null and ({self.value}) is null"


def find_slots(job: Job) -> list[Slot]:
    """Of the source's columns, then of those that are filled."""
    told = [(one.name, one.field, one.natural, True) for one in job.columns.given]
    told += [(one.field.name, one.field, None, False) for one in job.columns.filled]
    return [
        _make_slot(job.connection, number, name, field=field, natural=natural, given=given)
        for number, (name, field, natural, given) in enumerate(told)
    ]


def _make_slot(connection: Any, number: int, name: str, *, field: Any, natural: Any, given: bool) -> Slot:
    cell = f"tenfold_{number}"
    if field is None:
        return Slot(name, None, None, "", cell, "text", True, "", given)
    target = natural or field
    kind = target.db_type(connection)
    text = is_text(target)
    value = f"s.{cell}" if text else f"s.{cell}::{kind}"
    if natural is not None:
        value = _look_up(connection, field, natural, value)
    column = connection.ops.quote_name(field.column)
    return Slot(name, field, natural, column, cell, kind, text, value, given)


def _look_up(connection: Any, field: Any, natural: Any, value: str) -> str:
    quote = connection.ops.quote_name
    table = quote(natural.model._meta.db_table)
    return f"(select p.{quote(field.target_field.column)} from {table} p where p.{quote(natural.column)} = {value})"


def copy_into(
    cursor: Any,
    slots: Sequence[Slot],
    data: Iterable[bytes],
    *,
    table: str,
    columns: Sequence[str],
    delimiter: bytes,
) -> int:
    """How many rows. What watches statements (caches, figures, logs) sees the COPY as it sees any other.

    The last of the columns are those of the slots.
    """
    options = ", ".join(_copy_options(slots, columns, delimiter))

    def send(sql: str, *_: object) -> None:
        with cursor.db.wrap_database_errors, cursor.copy(sql) as copy:
            for part in data:
                for begin in range(0, len(part), COPIED):
                    copy.write(part[begin : begin + COPIED])

    sql = f"copy {table} ({', '.join(columns)}) from stdin with ({options})"
    cursor._execute_with_wrappers(sql, None, many=False, executor=send)
    return int(cursor.rowcount)


def _copy_options(slots: Sequence[Slot], columns: Sequence[str], delimiter: bytes) -> list[str]:
    """How cells are read: an empty one is NULL, and "" in a text that may not be NULL."""
    options = ["format csv", f"delimiter E'\\x{delimiter[0]:02x}'", "encoding 'utf8'"]
    by_column = dict(zip(columns[len(columns) - len(slots) :], slots, strict=True))
    empty = [name for name, one in by_column.items() if one.is_text and one.field and not one.field.null]
    null = [name for name, one in by_column.items() if not one.is_text]
    if empty:
        options.append(f"force_not_null ({', '.join(empty)})")
    if null:
        options.append(f"force_null ({', '.join(null)})")
    return options


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT .. SELECT from the staging table, and how its rows are counted."""

    sql: str
    on_conflict: str

    def run(self, cursor: Any, staged: int, lines: tuple[int, int] | None = None) -> tuple[int, int, int]:
        """(loaded, updated, ignored) of `staged` rows, those of the lines from the first to the second."""
        where = "" if lines is None else f"where s.tenfold_line between {lines[0]:d} and {lines[1]:d}"
        cursor.execute(self.sql.replace("{where}", where))
        if self.on_conflict == "update":
            loaded = int(cursor.fetchone()[0])
            return loaded, staged - loaded, 0
        loaded = int(cursor.rowcount)
        return loaded, 0, staged - loaded


def insert_statement(job: Job, slots: Iterable[Slot]) -> Insert:
    """Of several rows for one key the last counts, as it would if they came one by one."""
    slots = [one for one in slots if one.field is not None]
    table = job.connection.ops.quote_name(job.model._meta.db_table)
    columns, values = ", ".join(one.column for one in slots), ", ".join(one.value for one in slots)
    keys = [one for field in job.unique for one in slots if one.field == field]
    target = f" ({', '.join(one.column for one in keys)})" if keys else ""
    insert = f"insert into {table} ({columns})"
    if job.on_conflict == "error":
        return Insert(f"{insert} select {values} from {STAGE} s {{where}} order by s.ctid", "error")
    if job.on_conflict == "ignore":
        return Insert(
            f"{insert} select {values} from {STAGE} s {{where}} order by s.ctid on conflict{target} do nothing",
            "ignore",
        )
    # Rows with a NULL in their key are no doubles of each other: each is its own.
    none = " or ".join(f"({one.value}) is null" for one in keys)
    same = ", ".join([*(one.value for one in keys), f"case when {none} then s.ctid end"])
    changed = ", ".join(f"{one.column} = excluded.{one.column}" for one in slots if one.field in job.updated)
    return Insert(
        f"with done as ({insert} select distinct on ({same}) {values} from {STAGE} s {{where}}"
        f" order by {same}, s.ctid desc on conflict{target} do update set {changed} returning (xmax = 0) as fresh)"
        " select count(*) filter (where fresh) from done",
        "update",
    )

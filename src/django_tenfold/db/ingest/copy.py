"""Blocks into PostgreSQL by COPY: straight into the table where that can be, else by a table of the transaction.

A block is COPYed as it came, typed by the table itself. One broken row breaks the COPY; then the block alone is taken
back to its savepoint and gone through with care (`staging.py`). COPY's own ON_ERROR is not used: it came with
PostgreSQL 17, passes over values that have no type alone (a NULL, a double key or a missing parent still break the
COPY), and does not give back the row. https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import AutoField, JSONField
from django.utils import timezone

from django_tenfold.db.ingest.blocks import MISSING
from django_tenfold.db.ingest.cells import refuse_null, write_cell, write_json
from django_tenfold.db.ingest.columns import find_filling, is_text
from django_tenfold.db.ingest.errors import make_reject
from django_tenfold.db.ingest.job import Step
from django_tenfold.db.ingest.slots import STAGE, copy_into, find_slots, insert_statement
from django_tenfold.db.ingest.staging import is_about_rows, load_with_care
from django_tenfold.db.ingest.text import (
    append_made,
    append_to_each,
    is_well_quoted,
    make_shape,
    split_records,
    take_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.db.ingest.blocks import Block, Row
    from django_tenfold.db.ingest.columns import Filling
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job

END_OF_DATA = b"\\."
"""In a line alone it ends a COPY of servers before 18, whatever follows."""

MOVE = """\
select setval(named, highest) from
  (select pg_get_serial_sequence(%s, %s)::regclass as named, (select max({}) from {}) as highest) as found
where highest > coalesce(pg_sequence_last_value(named), 0)"""
"""Never back: keys that others were given and have yet to commit lie there."""


class Item(NamedTuple):
    """A row that is whole, ready for COPY."""

    line: int
    body: bytes
    raw: Any


class NeedsCare(Exception):
    """Each row of the block must be looked at."""


class CopyLoader:
    """Loads blocks, each in the transaction of its caller."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.connection = job.connection
        self.slots = find_slots(job)
        self._shape = make_shape(len(job.columns.given), job.delimiter)
        self._careful = False
        self.straight = self._can_go_straight()

    def load(self, block: Block) -> Step:
        """Raises OperationalError as the server does, and DatabaseError for what is not about single rows."""
        self._prepare_transaction()
        rejects = [*block.rejects]
        items = self._write_rows(block.rows, rejects) if block.rows is not None else None
        if not self._careful and not self.job.choices:
            try:
                with transaction.atomic(using=self.job.using):
                    loaded = self._load_quickly(block, items)
                self._move_sequence()
                return Step(*loaded, rejects=rejects)
            except (NeedsCare, DatabaseError) as problem:
                if not isinstance(problem, NeedsCare) and not is_about_rows(problem):
                    raise
        left = b""
        if items is None:
            items, left = self._read_items(block, rejects)
        found = load_with_care(self.job, self.slots, items)
        self._move_sequence()
        # Broken rows come in swarms: what fails at once is not tried first.
        rejects += found.rejects
        self._careful = bool(rejects)
        return Step(found.loaded, found.updated, found.ignored, sorted(rejects, key=_line_of), left)

    def _load_quickly(self, block: Block, items: list[Item] | None) -> tuple[int, int, int]:
        """(loaded, updated, ignored)."""
        data = self._join(items) if items is not None else self._whole(block.data)
        with self.connection.cursor() as cursor:
            if not data:
                return 0, 0, 0
            if self.straight:
                return self._copy(cursor, self._table(), [one.column for one in self.slots], data), 0, 0
            cells = ", ".join(f"{one.cell} {one.type}" for one in self.slots)
            cursor.execute(f"create temp table {STAGE} ({cells}) on commit drop")
            staged = self._copy(cursor, STAGE, [one.cell for one in self.slots], data)
            for one in self.slots:
                if one.natural is not None:
                    cursor.execute(f"select exists (select from {STAGE} s where {one.lost})")
                    if cursor.fetchone()[0]:
                        raise NeedsCare
            counts = insert_statement(self.job, self.slots).run(cursor, staged)
            cursor.execute(f"drop table {STAGE}")
            return counts

    def _copy(self, cursor: Any, table: str, columns: list[str], data: bytes) -> int:
        return copy_into(cursor, self.slots, data, table=table, columns=columns, delimiter=self.job.delimiter)

    def _whole(self, data: bytes) -> bytes:
        """A block as COPY takes it, with the cells of what the source has not. Raises NeedsCare."""
        delimiter = self.job.delimiter
        if data.startswith(END_OF_DATA) or b"\n" + END_OF_DATA in data or not is_well_quoted(data, delimiter):
            raise NeedsCare
        if not self.job.columns.filled:
            return data
        if self._filled_once:
            return append_to_each(data, delimiter + self._write_fillings())
        return append_made(
            data,
            split_records(data, self._shape, 1, complete=True),
            lambda: delimiter + self._write_fillings(),
        )

    def _read_items(self, block: Block, rejects: list[Reject]) -> tuple[list[Item], bytes]:
        """The records of a block that are whole, and the bytes behind them."""
        found, left = take_records(block.data, self._shape, block.line, complete=block.complete)
        more = self._fillings_to_append()
        items = []
        for one in found:
            raw = block.data[one.start : one.end]
            if one.problem:
                rejects.append(make_reject(one.line, one.problem, raw))
            else:
                items.append(Item(one.line, raw.rstrip(b"\r\n") + more(), raw))
        return items, left

    def _write_rows(self, rows: list[Row], rejects: list[Reject]) -> list[Item]:
        """Rows of values as rows of cells."""
        given = self.job.columns.given
        writers = [_writer_of(one.field) for one in given]
        defaults = [_default_of(one.field) for one in given]
        more, mark = self._fillings_to_append(), self.job.delimiter.decode()
        items = []
        for row in rows:
            place = 0
            cells = []
            try:
                for place, value in enumerate(row.values):
                    cells.append(writers[place](defaults[place]() if value is MISSING else value))
                body = mark.join(cells).encode() + more()
            except ValueError as problem:
                rejects.append(make_reject(row.line, str(problem), row.raw, column=given[place].name))
            else:
                items.append(Item(row.line, body, row.raw))
        return items

    def _join(self, items: list[Item]) -> bytes:
        return b"".join([one.body + b"\n" for one in items])

    @cached_property
    def _filled_once(self) -> bool:
        return all(one.once for one in self.job.columns.filled)

    def _fillings_to_append(self) -> Callable[[], bytes]:
        """What makes the cells behind those of a row."""
        if not self.job.columns.filled:
            return bytes
        mark = self.job.delimiter
        if self._filled_once:
            cells = mark + self._write_fillings()
            return lambda: cells
        return lambda: mark + self._write_fillings()

    def _write_fillings(self) -> bytes:
        mark = self.job.delimiter.decode()
        return mark.join([_write_filling(one) for one in self.job.columns.filled]).encode()

    def _prepare_transaction(self) -> None:
        """Foreign keys are looked at by each statement, not at the end; days are read as ISO writes them or not at
        all; a time without a zone is in the current one, as in Django's forms."""
        names = ["set_config('datestyle', 'ISO, YMD', true)"]
        zone = getattr(timezone.get_current_timezone(), "key", None)
        if settings.USE_TZ and zone:
            names.append("set_config('timezone', %s, true)")
        with self.connection.cursor() as cursor:
            cursor.execute(f"select {', '.join(names)}", [zone] if len(names) > 1 else [])
            cursor.execute("set constraints all immediate")

    def _can_go_straight(self) -> bool:
        """Whether COPY can write into the table itself."""
        job = self.job
        if job.on_conflict != "error" or any(one.field is None or one.natural for one in job.columns.given):
            return False
        with self.connection.cursor() as cursor:
            cursor.execute("select row_security_active(%s::regclass)", [self._table()])
            return not cursor.fetchone()[0]

    def _move_sequence(self) -> None:
        """Behind the keys that were loaded: the next `save()` would be given one of them."""
        if not any(one.given and isinstance(one.field, AutoField) for one in self.slots):
            return
        key = self.job.model._meta.pk.column
        with self.connection.cursor() as cursor:
            cursor.execute(
                MOVE.format(self.connection.ops.quote_name(key), self._table()), [self._table(), key]
            )

    def _table(self) -> str:
        return str(self.connection.ops.quote_name(self.job.model._meta.db_table))


def _line_of(reject: Reject) -> int:
    return reject.line


def _writer_of(field: Any) -> Callable[[Any], str]:
    if field is None:
        return lambda value: ""
    write = write_json(field) if isinstance(field, JSONField) else write_cell
    if field.null or not is_text(field):
        return write
    return lambda value: write(value) if value is not None else refuse_null()  # empty means "" to COPY there


def _default_of(field: Any) -> Callable[[], Any]:
    """What stands in for a key that a row lacks; NULL where there is no default."""
    filling = None if field is None else find_filling(field)
    if filling is None:
        return lambda: None
    return lambda: field.get_prep_value(filling.make())


def _write_filling(one: Filling) -> str:
    value = one.make()
    if isinstance(one.field, JSONField):
        return write_json(one.field)(value)
    return write_cell(one.field.get_prep_value(value))

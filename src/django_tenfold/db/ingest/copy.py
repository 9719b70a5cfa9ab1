"""Blocks into PostgreSQL by COPY: straight into the table where that can be, else by a table of the transaction.

A block is COPYed as it came, typed by the table itself. One broken row breaks the COPY; then the block alone is taken
back to its savepoint and gone through with care (`staging.py`). COPY's own ON_ERROR is not used: it came with
PostgreSQL 17, passes over values that have no type alone (a NULL, a double key or a missing parent still break the
COPY), and does not give back the row. https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import AutoField, JSONField
from django.utils import timezone

from django_tenfold.db.ingest.batch import Batch, ends_a_copy
from django_tenfold.db.ingest.blocks import MISSING, Row
from django_tenfold.db.ingest.cells import refuse_null, write_cell, write_json
from django_tenfold.db.ingest.columns import find_filling, is_text
from django_tenfold.db.ingest.errors import make_reject
from django_tenfold.db.ingest.job import Step
from django_tenfold.db.ingest.objects import rewrite_lines
from django_tenfold.db.ingest.slots import COPIED, STAGE, copy_into, find_slots, insert_statement
from django_tenfold.db.ingest.staging import FAULTS, is_about_rows, load_with_care
from django_tenfold.db.ingest.text import append_to_each, is_well_quoted, make_shape, read_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_tenfold.db.ingest.blocks import Block
    from django_tenfold.db.ingest.columns import Filling
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job

IN_THE_WAY = """\
select row_security_active(%s::regclass) or exists (
  select from pg_trigger where tgrelid = %s::regclass and tgtype & 7 = 7 and tgenabled <> 'D')"""
"""Policies, which COPY cannot ask, and triggers before each inserted row: COPY does not tell how many they passed over.
The bits are those of https://github.com/postgres/postgres/blob/REL_18_0/src/include/catalog/pg_trigger.h"""
MOVE = """\
select setval(named, highest) from
  (select pg_get_serial_sequence(%s, %s)::regclass as named, (select max({}) from {}) as highest) as found
where highest > coalesce(pg_sequence_last_value(named), 0)"""
"""Never back: keys that others were given and have yet to commit lie there."""


class NeedsCare(Exception):
    """Each row of the block must be looked at."""


class CopyLoader:
    """Loads blocks, each in the transaction of its caller."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.connection = job.connection
        self.slots = find_slots(job)
        self._shape = make_shape(len(job.columns.given), job.delimiter)
        self._mark = job.delimiter.decode()
        self._careful = False
        self._suspects = {*FAULTS}
        self.straight = self._can_go_straight()

    def load(self, block: Block) -> Step:
        """Raises OperationalError as the server does, and DatabaseError for what is not about single rows."""
        self._prepare_transaction()
        if not self._careful and not self.job.choices:
            rejects = [*block.rejects]
            try:
                with transaction.atomic(using=self.job.using):
                    loaded = self._load_quickly(block, rejects)
                self._move_sequence()
                return Step(*loaded, rejects=sorted(rejects, key=_line_of))
            except (NeedsCare, DatabaseError) as problem:
                if not isinstance(problem, NeedsCare) and not is_about_rows(problem):
                    raise
        rejects = [*block.rejects]
        batch, left = self._read_batch(block, rejects)
        told = len(rejects) if block.read_row is None and block.rows is None else 0
        found = load_with_care(self.job, self.slots, batch, straight=self.straight, suspects=self._suspects)
        self._move_sequence()
        # Broken rows come in swarms: what fails at once is not tried first.
        self._careful = bool(found.rejects or told)
        rejects += found.rejects
        return Step(found.loaded, found.updated, found.ignored, sorted(rejects, key=_line_of), left)

    def _load_quickly(self, block: Block, rejects: list[Reject]) -> tuple[int, int, int]:
        """(loaded, updated, ignored)."""
        with self.connection.cursor() as cursor:
            data = self._find_data(block, rejects)
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

    def _find_data(self, block: Block, rejects: list[Reject]) -> Iterable[bytes]:
        """What COPY takes. JSON is rewritten while the server is at work with what was sent before."""
        if block.rows is not None:
            return [self._write_rows(block.rows, rejects).join()]
        if block.read_row is None:
            return [self._whole(block.data)]
        return (
            self._write_objects(part, block, line, rejects).join()
            for line, part in _cut(block.data, block.line)
        )

    def _copy(self, cursor: Any, table: str, columns: list[str], data: Iterable[bytes]) -> int:
        return copy_into(cursor, self.slots, data, table=table, columns=columns, delimiter=self.job.delimiter)

    def _whole(self, data: bytes) -> bytes:
        """A block as COPY takes it, with the cells of what the source has not. Raises NeedsCare."""
        delimiter = self.job.delimiter
        if ends_a_copy(data) or not is_well_quoted(data, delimiter):
            raise NeedsCare
        if not self.job.columns.filled:
            return data
        if self._filled_once:
            return append_to_each(data, delimiter + self._write_fillings())
        more = self._fillings_to_append()
        found = read_records(data, self._shape, 1, complete=True)
        if found.broken:
            raise NeedsCare
        return b"".join([body + more() + b"\n" for body in found.bodies])

    def _read_batch(self, block: Block, rejects: list[Reject]) -> tuple[Batch, bytes]:
        """The rows of a block that are whole, and the bytes behind them."""
        if block.rows is not None:
            return self._write_rows(block.rows, rejects), b""
        if block.read_row is not None:
            return self._write_objects(block.data, block, block.line, rejects), b""
        found = read_records(block.data, self._shape, block.line, complete=block.complete)
        rejects += [make_reject(one.line, one.problem, one.body) for one in found.broken]
        bodies = found.bodies
        if self.job.columns.filled:
            more = self._fillings_to_append()
            bodies = [body + more() for body in bodies]
        return Batch(found.lines, bodies, found.bodies), found.left

    def _write_objects(self, data: bytes, block: Block, line: int, rejects: list[Reject]) -> Batch:
        """Lines of JSON, the first being `line`, as rows of cells."""
        raws = data.split(b"\n")[:-1]
        written = rewrite_lines(data, self.job.columns) if block.alike else [None] * len(raws)
        whole = [one for one in written if one is not None]
        if not self.job.columns.filled and len(whole) == len(raws):
            return Batch(range(line, line + len(raws)), whole, raws)
        more = self._fillings_to_append()
        batch = Batch([], [], [])
        for number, (body, raw) in enumerate(zip(written, raws, strict=True), line):
            cells = body if body is not None else self._write_object(block, number, raw, rejects)
            if cells is not None:
                batch.add(number, cells + more(), raw)
        return batch

    def _write_object(self, block: Block, line: int, raw: bytes, rejects: list[Reject]) -> bytes | None:
        if block.read_row is None or not raw.strip():
            return None
        found = block.read_row(line, raw)
        row = self._write_row(found) if isinstance(found, Row) else found
        if isinstance(row, bytes):
            return row
        rejects.append(row)
        return None

    def _write_rows(self, rows: list[Row], rejects: list[Reject]) -> Batch:
        """Rows of values as rows of cells."""
        more = self._fillings_to_append()
        batch = Batch([], [], [])
        for row in rows:
            body = self._write_row(row)
            if isinstance(body, bytes):
                batch.add(row.line, body + more(), row.raw)
            else:
                rejects.append(body)
        return batch

    def _write_row(self, row: Row) -> bytes | Reject:
        defaults = self._defaults
        place = 0
        cells = []
        try:
            for place, (value, write) in enumerate(zip(row.values, self._writers, strict=True)):
                cells.append(write(defaults[place]() if value is MISSING else value))
            return self._mark.join(cells).encode()
        except ValueError as problem:
            return make_reject(row.line, str(problem), row.raw, column=self.job.columns.given[place].name)

    @cached_property
    def _writers(self) -> list[Callable[[Any], str]]:
        return [_writer_of(one.field) for one in self.job.columns.given]

    @cached_property
    def _defaults(self) -> list[Callable[[], Any]]:
        return [_default_of(one.field) for one in self.job.columns.given]

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
        return self._mark.join([_write_filling(one) for one in self.job.columns.filled]).encode()

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
            cursor.execute(IN_THE_WAY, [self._table()] * 2)
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


def _cut(data: bytes, line: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines in parts, each with the number of its first."""
    place = 0
    while place < len(data):
        end = data.rfind(b"\n", place, place + COPIED) + 1 or data.find(b"\n", place) + 1
        yield line, data[place:end]
        line += data.count(b"\n", place, end)
        place = end


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

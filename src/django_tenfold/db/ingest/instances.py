"""Blocks by `bulk_create`: for databases without COPY, and for fields that make their values in Python.

Rows are looked at one by one: the type, NULL, the length, the range, the choices if asked; then parents and keys by a
query for each batch. What none of that sees is found by halving.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator
from django.db import models

from django_tenfold.db.ingest.blocks import MISSING, Row
from django_tenfold.db.ingest.cells import quote, refuse_null, write_cell
from django_tenfold.db.ingest.columns import find_filling, is_text, plain_field
from django_tenfold.db.ingest.errors import make_reject
from django_tenfold.db.ingest.inserts import load_instances
from django_tenfold.db.ingest.job import Step, find_unique_sets
from django_tenfold.db.ingest.text import make_shape, read_cells, read_records

if TYPE_CHECKING:
    from django_tenfold.db.ingest.blocks import Block
    from django_tenfold.db.ingest.columns import Column
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job

AT_ONCE = 500
"""Rows of one statement; SQLite of old takes 999 parameters."""
CHECKED = (MaxLengthValidator, DecimalValidator)


class BadCell(Exception):
    """Why a value cannot stand in its column."""


class InstanceLoader:
    """Loads blocks, each in the transaction of its caller."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._shape = make_shape(len(job.columns.given), job.delimiter)
        self._rows = job.model._base_manager.using(job.using)
        given = {one.field for one in job.columns.loaded}
        sets = [job.unique] if job.unique else find_unique_sets(job.model)
        self._sets = [one for one in sets if given.issuperset(one)]
        self._ranges = {one.name: self._range_of(one) for one in job.columns.given}

    def load(self, block: Block) -> Step:
        rejects = [*block.rejects]
        rows, left = self._read_rows(block, rejects)
        from_text = block.rows is None and block.read_row is None
        made = []
        for row in rows:
            try:
                made.append((row, self._clean(row, from_text=from_text)))
            except BadCell as problem:
                column, reason = problem.args
                rejects.append(make_reject(row.line, reason, row.raw, column=column))
        loaded = updated = ignored = 0
        for begin in range(0, len(made), AT_ONCE):
            counts = load_instances(self.job, self._sets, made[begin : begin + AT_ONCE], rejects=rejects)
            loaded, updated, ignored = loaded + counts[0], updated + counts[1], ignored + counts[2]
        return Step(loaded, updated, ignored, sorted(rejects, key=lambda one: one.line), left)

    def _read_rows(self, block: Block, rejects: list[Reject]) -> tuple[list[Row], bytes]:
        if block.rows is not None:
            return block.rows, b""
        if block.read_row is not None:
            lines = enumerate(block.data.split(b"\n"), block.line)
            read = [block.read_row(line, raw) for line, raw in lines if raw.strip()]
            rejects += [one for one in read if not isinstance(one, Row)]
            return [one for one in read if isinstance(one, Row)], b""
        found = read_records(block.data, self._shape, block.line, complete=block.complete)
        rejects += [make_reject(one.line, one.problem, one.body) for one in found.broken]
        pairs = zip(found.lines, found.bodies, strict=True)
        return [Row(line, [*read_cells(body, self._shape)], body) for line, body in pairs], found.left

    def _clean(self, row: Row, *, from_text: bool) -> dict[str, Any]:
        """Values by the name of their column."""
        values = {}
        for column, value in zip(self.job.columns.given, row.values, strict=True):
            if column.field is None:
                continue
            if value is MISSING:
                filling = find_filling(column.field)
                value = None if filling is None else filling.make()
            try:
                values[column.name] = self._clean_cell(column, value, from_text)
            except (ValidationError, ValueError, TypeError, OverflowError, ArithmeticError) as problem:
                told = "; ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
                raise BadCell(column.name, told) from problem
        return values

    def _clean_cell(self, column: Column, value: Any, from_text: bool) -> Any:
        target, field = plain_field(column.natural or column.field), column.field
        if isinstance(value, models.Model):
            value = value.pk
        if value in (None, "") and not (value is not None and is_text(target)):
            if not field.null and not (from_text and is_text(target)):
                refuse_null()
            return None if field.null else ""
        if isinstance(value, str):
            quote(value).encode()  # raises for a NUL, and for half of a surrogate pair
        if isinstance(target, models.JSONField):
            return json.loads(value) if from_text and isinstance(value, str) else value
        value = target.to_python(_write_number(value, target))
        for check in target.validators:
            if isinstance(check, CHECKED):
                check(value)
        _check_range(value, *self._ranges[column.name])
        if self.job.choices and field.choices and value not in [one for one, _ in field.flatchoices]:
            raise ValueError(f"is {value!r}, and no choice")
        return value

    def _range_of(self, column: Column) -> tuple[Any, Any]:
        target = plain_field(column.natural or column.field)
        if not isinstance(target, models.IntegerField):
            return None, None
        lowest, highest = self.job.connection.ops.integer_field_range(target.get_internal_type())
        return lowest, highest


def _write_number(value: Any, target: Any) -> Any:
    """As PostgreSQL is given it: a whole number is no 2.5, and a price no 2.3500000000000000888."""
    if isinstance(target, models.IntegerField) and isinstance(value, bool | float | Decimal):
        return write_cell(value)
    if isinstance(target, models.DecimalField) and isinstance(value, float):
        return write_cell(value)
    return value


def _check_range(value: Any, lowest: Any, highest: Any) -> None:
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        raise ValueError(f"is {value}, and the column holds {lowest} to {highest}")

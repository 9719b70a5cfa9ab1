"""Fills any other database, a thousand rows a statement: for small numbers, in tests and on SQLite."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction

from reviews.models import Reviewer
from seeding.counting import count_rows
from seeding.progress import Progress
from seeding.room import refuse_full, remove_members

if TYPE_CHECKING:
    from collections.abc import Callable

    from seeding.tables import Table

BATCH = 1000


def fill(tables: list[Table], *, add: bool, fresh: bool, say: Callable[[str], object]) -> None:
    """The same rows as by COPY, in one transaction."""
    with transaction.atomic():
        if not (add or fresh):
            refuse_full()
        if not add:
            Reviewer.objects.all().delete()
            for table in reversed(tables[1:]):  # never the people
                table.model.objects.all().delete()
        if fresh:
            remove_members()
        for table in tables:
            progress = Progress(table.name, table.rows, say)
            lines = table.lines()
            while batch := [read_line(table, line) for line in islice(lines, BATCH)]:
                table.model.objects.bulk_create(batch)
                progress.add(len(batch))
            progress.end()
        count_rows()


def read_line(table: Table, line: str) -> Any:
    """The object that a line of COPY's format describes; fields make values of its texts themselves."""
    values = line.rstrip("\n").split("\t")
    given = {
        name: None if value == "\\N" else value for name, value in zip(table.columns, values, strict=True)
    }
    fields = {one.attname: one for one in table.model._meta.concrete_fields}
    return table.model(**{name: fields[name].to_python(value) for name, value in given.items()})

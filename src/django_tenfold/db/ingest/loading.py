"""Any number of rows from a file, a stream or an iterable into a model, broken ones told and left out.

    from django_tenfold.db.ingest import ingest

    result = ingest(Review, "reviews.csv.gz", rejects="rejects.jsonl")

CSV with a header, JSON lines, gzip of both, mappings, tuples. On PostgreSQL by COPY, elsewhere by `bulk_create`. Each
batch is a transaction that also writes the checkpoint: a load that is killed goes on behind its last batch when it is
called again, and no row is loaded twice. `save()` and signals are not called; triggers are.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import connections, router

from django_tenfold.db.ingest.checkpoint import Checkpoint, Place
from django_tenfold.db.ingest.columns import find_columns, why_not_copy
from django_tenfold.db.ingest.copy import CopyLoader
from django_tenfold.db.ingest.errors import IngestError, Reject, SourceChanged, TooManyRejects
from django_tenfold.db.ingest.instances import InstanceLoader
from django_tenfold.db.ingest.job import make_job
from django_tenfold.db.ingest.open import Asked, open_rows
from django_tenfold.db.ingest.run import Load, Result, refuse_a_transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

    from django_tenfold.db.ingest.job import Job
    from django_tenfold.db.ingest.open import Opened

__all__ = [
    "IngestError",
    "Plan",
    "Reject",
    "Result",
    "SourceChanged",
    "TooManyRejects",
    "aingest",
    "ingest",
    "plan_ingest",
]


def ingest(
    model: type[Model], source: Any, *, progress: Callable[[Result], object] | None = None, **asked: Any
) -> Result:
    """Loads `source` (a path, a stream, an iterable of mappings or sequences) into the table of `model`.

    `asked` are the fields of `open.Asked`; `progress` is called after each batch. Raises IngestError with what
    is wrong before anything is loaded, SourceChanged for a file that is not the one whose load was cut, TooManyRejects,
    and what the database raises when it dies: call again, and the load goes on. Raises TransactionManagementError
    inside of atomic(), where batches would all be one.
    """
    how = Asked(**asked)
    using = how.using or router.db_for_write(model)
    refuse_a_transaction(using)
    with closing(open_rows(source, how)) as opened:
        job = _make_job(model, opened, how, using)
        checkpoint = _make_checkpoint(model, opened, how, using)
        return Load(opened.reader, _make_loader(job)[0], checkpoint, how).run(progress)


async def aingest(model: type[Model], source: Any, **asked: Any) -> Result:
    """`ingest` in a thread: Django has no transactions for coroutines. `progress` is called in that thread."""
    return await sync_to_async(ingest)(model, source, **asked)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load would do."""

    model: str
    using: str
    way: str
    columns: dict[str, str]
    """Column of the source to field, "" for one that is left out."""
    filled: dict[str, str]
    """Field that the source has not to what fills it."""
    line: int
    """Where it would begin."""
    loaded_before: bool

    def __str__(self) -> str:
        lines = [f"{self.model} on {self.using}, {self.way}, from line {self.line:,}"]
        lines += [f"  {name} -> {field or '(left out)'}" for name, field in self.columns.items()]
        lines += [f"  {field} = {made}" for field, made in self.filled.items()]
        if self.loaded_before:
            lines.append("  loaded whole before: nothing would be done")
        return "\n".join(lines)


def plan_ingest(model: type[Model], source: Any, **asked: Any) -> Plan:
    """What `ingest` would do; reads the header and the checkpoint, writes nothing."""
    how = Asked(**asked)
    using = how.using or router.db_for_write(model)
    with closing(open_rows(source, how)) as opened:
        job = _make_job(model, opened, how, using)
        checkpoint = _make_checkpoint(model, opened, how, using)
        place = checkpoint.find(restart=how.restart)
        return Plan(
            model._meta.label,
            using,
            _make_loader(job)[1],
            {one.name: _name_target(one) for one in job.columns.given},
            {
                one.field.name: "one value a batch" if one.once else "a value each"
                for one in job.columns.filled
            },
            (place or Place(line=opened.reader.line)).line,
            checkpoint.finished,
        )


def _name_target(column: Any) -> str:
    if column.field is None:
        return ""
    return f"{column.field.name}__{column.natural.name}" if column.natural else str(column.field.name)


def _make_job(model: type[Model], opened: Opened, how: Asked, using: str) -> Job:
    renamed = how.columns if isinstance(how.columns, Mapping) else None
    return make_job(
        find_columns(model, opened.reader.names, renamed),
        using,
        how.on_conflict,
        unique_fields=how.unique_fields,
        update_fields=how.update_fields,
        choices=how.choices,
        delimiter=opened.delimiter,
    )


def _make_checkpoint(model: type[Model], opened: Opened, how: Asked, using: str) -> Checkpoint:
    key = how.key or (f"{model._meta.label}:{opened.name}" if opened.fingerprint else "")
    return Checkpoint(key if how.checkpoint else "", opened.fingerprint, using)


def _make_loader(job: Job) -> tuple[CopyLoader | InstanceLoader, str]:
    """The loader, and how it loads."""
    connection = connections[job.using]
    if connection.vendor != "postgresql":
        reason = f"the database is {connection.display_name}"
    elif connection.Database.__version__.startswith("2."):
        reason = "psycopg 2 has no COPY of psycopg 3's kind"
    else:
        reason = why_not_copy(job.columns)
    if reason:
        return InstanceLoader(job), f"by bulk_create ({reason})"
    loader = CopyLoader(job)
    return loader, "by COPY into the table" if loader.straight else "by COPY and INSERT .. SELECT"

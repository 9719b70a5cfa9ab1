"""From what the caller gives to a reader of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django_tenfold.db.ingest.blocks import Limits
from django_tenfold.db.ingest.csv import CsvReader
from django_tenfold.db.ingest.errors import IngestError
from django_tenfold.db.ingest.rows import JsonReader, RowReader
from django_tenfold.db.ingest.source import Source
from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.db.ingest.blocks import Reader

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
KINDS = ("csv", "jsonl")
FROM_OPTIONS: Any = object()


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that `ingest` can be asked beside its model and its source."""

    kind: str = ""
    """"csv" or "jsonl"; by the source's name when it is left out."""
    columns: Sequence[str] | Mapping[str, str | None] | None = None
    """The names of a source that has no header, or a renaming of some of its columns (None leaves one out)."""
    on_conflict: str = "error"
    """Of a row that is there already: "error" rejects it, "ignore" passes over it, "update" changes what is there."""
    unique_fields: Sequence[str] = ()
    """By which a row is known, as in `bulk_create`."""
    update_fields: Sequence[str] = ()
    """What "update" changes; every column of the source beside unique_fields when it is left out."""
    choices: bool = False
    """Whether a value must be one of its field's choices."""
    encoding: str = "utf-8"
    delimiter: str = ""
    """Between cells of CSV: a comma, and a tabulator for names that end in .tsv."""
    rejects: str | os.PathLike[str] | None = None
    """The file to which rejected rows are written, as JSON lines."""
    max_rejects: int | None = FROM_OPTIONS
    """More stop the load; None for any number."""
    checkpoint: bool = True
    """Whether to go on where an earlier call stopped. Streams and iterables need a `key` for it."""
    key: str = ""
    """Under which the checkpoint is kept; model and file name when it is left out."""
    restart: bool = False
    """Begin at the beginning, whatever is loaded."""
    batch_rows: int | None = None
    share: float = 1.0
    """Part of the time that batches may be at work; the rest they pause."""
    using: str = ""
    """Alias of the database; the router's for writes when it is left out."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise IngestError(f"share is a part of the time, above 0 and up to 1, not {self.share}.")
        if self.batch_rows is not None and self.batch_rows < 1:
            raise IngestError(f"batch_rows is a number of rows, not {self.batch_rows}.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A reader, and what its source is known by."""

    reader: Reader
    name: str
    fingerprint: str
    delimiter: bytes
    source: Source | None = None

    def close(self) -> None:
        if self.source is not None:
            self.source.close()


def open_rows(given: Any, asked: Asked) -> Opened:
    """Raises IngestError for what cannot be read."""
    chosen = options()
    limits = Limits(asked.batch_rows or chosen.ingest_rows, chosen.ingest_row_bytes)
    names = None if isinstance(asked.columns, Mapping) else asked.columns
    if not isinstance(given, str | os.PathLike) and not hasattr(given, "read"):
        if not isinstance(given, Iterable):
            raise IngestError(f"{type(given).__name__} is no path, no stream and no iterable of rows.")
        return Opened(RowReader(given, limits, names), "", "", b",")
    source = Source(given, encoding=asked.encoding)
    try:
        kind, delimiter = _tell_kind(source.name, asked)
        make: Any = partial(CsvReader, delimiter=delimiter) if kind == "csv" else JsonReader
        reader: Reader = make(source, limits, names)
    except BaseException:
        source.close()
        raise
    return Opened(reader, source.name, source.fingerprint, delimiter.encode(), source)


def _tell_kind(name: str, asked: Asked) -> tuple[str, str]:
    """(kind, delimiter)."""
    ending = Path(name.removesuffix(".gz")).suffix.lower()
    kind = asked.kind or ENDINGS.get(ending, "csv")
    if kind not in KINDS:
        raise IngestError(f"A kind is one of {', '.join(KINDS)}, not {kind!r}.")
    delimiter = asked.delimiter or ("\t" if ending == ".tsv" else ",")
    return kind, delimiter if kind == "csv" else ","

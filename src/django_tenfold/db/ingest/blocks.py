"""What is read at a time, and how much that may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.db.ingest.errors import Reject

CHUNK = 262_144
"""Bytes of one read."""
MISSING: Any = object()
"""The value of a key that a row lacks: the model's default takes its place."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: list[Any]
    """In the order of the names; MISSING where the row has none."""
    raw: Any
    """As it came."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows, and where the source stands behind them."""

    line: int
    """Of the first row."""
    position: int
    """Bytes of the text, rows of an iterable."""
    next_line: int
    data: bytes = b""
    """Whole lines: of CSV, or of JSON where `read_row` is there."""
    complete: bool = True
    """Whether nothing follows that could close a quote."""
    rows: list[Row] | None = None
    """In the place of `data`."""
    read_row: Callable[[int, bytes], Row | Reject] | None = None
    """Reads a line of JSON, of its number."""
    alike: bool = False
    """Whether lines of JSON may be rewritten all at once: none is too long."""
    rejects: list[Reject] = field(default_factory=list)
    """Found while reading."""


@dataclass(frozen=True, slots=True)
class Limits:
    rows: int
    """Of a block, at most or a little more."""
    row_bytes: int
    """Of a row; a longer one is rejected. A block is four times that at most."""


class Reader(Protocol):
    """Rows in blocks, from a place on."""

    names: list[str]
    """Of the columns, as the source has them."""
    position: int
    line: int

    def move(self, position: int, line: int) -> None:
        """To where an earlier load stopped, before anything is taken. Raises SourceChanged where that is not."""

    def take(self) -> Block | None:
        """The next block; None at the end."""

    def give_back(self, data: bytes) -> None:
        """Bytes behind the last record of a block that could be told."""

"""What stops a load, and what is told of a row that was left out."""

from __future__ import annotations

from dataclasses import dataclass


class IngestError(Exception):
    """The load cannot begin or go on; what it had committed stays, and the next call continues behind it."""


class SourceChanged(IngestError):
    """Half of another content was loaded under this name."""


class TooManyRejects(IngestError):
    """More rows were rejected than `max_rejects`; the batch in which that happened is undone."""

    def __init__(self, message: str, rejects: tuple[Reject, ...]) -> None:
        super().__init__(message)
        self.rejects = rejects


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out."""

    line: int
    """Of the file, the header being 1; of an iterable the number of the row, from 1."""
    column: str
    """As the source names it; "" when it is not about one column."""
    reason: str
    row: str
    """As it came, cut at `LONGEST_SHOWN` characters."""

    def __str__(self) -> str:
        return f"line {self.line:,}: {self.column + ' ' if self.column else ''}{self.reason}"


LONGEST_SHOWN = 10_000


def make_reject(line: int, reason: str, row: object, *, column: str = "") -> Reject:
    if isinstance(row, bytes):
        text = row.rstrip(b"\r\n").decode(errors="backslashreplace")
    else:
        text = row if isinstance(row, str) else repr(row)
    return Reject(line, column, reason, text[:LONGEST_SHOWN])

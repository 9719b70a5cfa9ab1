"""Lines in blocks of a bounded size, as the bytes that they are.

A block knows where its source stands behind it, so that a load that was cut goes on there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.db.ingest.blocks import CHUNK, Block
from django_tenfold.db.ingest.errors import SourceChanged, make_reject
from django_tenfold.db.ingest.text import NEWLINE

if TYPE_CHECKING:
    from django_tenfold.db.ingest.blocks import Limits
    from django_tenfold.db.ingest.source import Source

SHOWN = 1_000
"""Bytes kept of a line that is too long."""


class LineReader:
    """Blocks of records that end with a line."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.position, self.line = 0, 1
        self._source, self._limits, self._rest, self._ended = source, limits, b"", False

    def move(self, position: int, line: int) -> None:
        """To where an earlier load stopped."""
        self._rest = _discard(self._source, self._rest, self.position, position)
        self.position, self.line = position, line

    def take(self) -> Block | None:
        data = self._fill()
        if not data:
            return None
        cut = self._find_end(data)
        while not cut and len(data) < self._limits.row_bytes and not self._ended:
            data += self._read(len(data))
            cut = len(data) if self._ended else self._find_boundary(data)
        whole = 0 < cut < len(data) or (bool(cut) and not self._ended)
        cut = cut or data.rfind(NEWLINE) + 1
        if not cut:
            return self._pass_over(data)
        self._rest, data = data[cut:], data[:cut]
        line, self.position = self.line, self.position + len(data)
        if not data.endswith(NEWLINE):
            data += NEWLINE
        self.line += data.count(NEWLINE)
        return self._make_block(line, data, whole=whole)

    def give_back(self, data: bytes) -> None:
        """Bytes behind the last record of a block that could be told."""
        self._rest = data + self._rest
        self.position -= len(data)
        self.line -= data.count(NEWLINE)

    def _find_end(self, data: bytes) -> int:
        """Of a block of about so many rows as it may have; 0 when the last of them has no end yet."""
        lines = data.split(NEWLINE, self._limits.rows)
        if len(lines) > self._limits.rows and lines[-1]:
            found = self._find_boundary(data[: len(data) - len(lines[-1])])
            if found:
                return found
        return len(data) if self._ended else self._find_boundary(data)

    def _read(self, size: int) -> bytes:
        data = self._source.read(max(size, CHUNK))
        self._ended = not data
        return data

    def _fill(self) -> bytes:
        parts, lines, size = [self._rest], self._rest.count(NEWLINE), len(self._rest)
        while lines < self._limits.rows and size < 4 * self._limits.row_bytes and not self._ended:
            data = self._read(CHUNK)
            parts.append(data)
            lines, size = lines + data.count(NEWLINE), size + len(data)
        return b"".join(parts)

    def _pass_over(self, begun: bytes) -> Block:
        """The rest of a line that is too long, kept nowhere."""
        size, rest = len(begun), b""
        while data := self._read(CHUNK):
            end = data.find(NEWLINE) + 1
            size += end or len(data)
            if end:
                rest = data[end:]
                break
        line, self._rest = self.line, rest
        self.position, self.line = self.position + size, line + 1
        why = tell_too_long(size, self._limits)
        return Block(line, self.position, self.line, rejects=[make_reject(line, why, begun[:SHOWN])])

    def _find_boundary(self, data: bytes) -> int:
        """Where the last whole record of `data` ends; 0 when none does."""
        return data.rfind(NEWLINE) + 1

    def _make_block(self, line: int, data: bytes, *, whole: bool) -> Block:
        return Block(line, self.position, self.line, data, complete=not whole)


def tell_too_long(size: int, limits: Limits) -> str:
    return f"is a line of {size:,} bytes: a row may have {limits.row_bytes:,}"


def _discard(source: Source, rest: bytes, begin: int, place: int) -> bytes:
    """What is read already behind `place`; the source is moved there when that takes no reading."""
    if source.seek(place):
        return b""
    left = place - begin
    while left > len(rest):
        left -= len(rest)
        rest = source.read(CHUNK)
        if not rest:
            raise SourceChanged("The source ends before the place up to which it was loaded.")
    return rest[left:]

"""JSON lines and iterables in blocks of rows: lists of values in one order of names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django_tenfold.db.ingest.blocks import CHUNK, MISSING, Block, Row
from django_tenfold.db.ingest.errors import IngestError, Reject, SourceChanged, make_reject
from django_tenfold.db.ingest.text import NEWLINE, find_bad_byte

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_tenfold.db.ingest.blocks import Limits
    from django_tenfold.db.ingest.source import Source

SHOWN = 1_000
"""Bytes kept of a line that is too long."""


class JsonReader:
    """An object a line. The names are those of the first, unless they are given."""

    def __init__(self, source: Source, limits: Limits, names: Sequence[str] | None) -> None:
        self.position, self.line = 0, 1
        self._source, self._limits = source, limits
        self._lines = _split_lines(source, limits.row_bytes)
        self.names = list(names or self._read_names())
        self._known = frozenset(self.names)

    def move(self, position: int, line: int) -> None:
        if self._source.seek(position):
            self._lines = _split_lines(self._source, self._limits.row_bytes)
            self.position = position
        while self.position < position:
            length, _ = next(self._lines, (0, b""))
            if not length:
                raise SourceChanged("The source ends before the place up to which it was loaded.")
            self.position += length
        self.line = line

    def take(self) -> Block | None:
        begun, size = self.line, 0
        rows: list[Row] = []
        rejects: list[Reject] = []
        for length, raw in self._lines:
            found = self._read_row(raw, length) if raw.strip() else None
            self.line, self.position, size = self.line + 1, self.position + length, size + len(raw)
            if isinstance(found, Row):
                rows.append(found)
            elif found is not None:
                rejects.append(found)
            if len(rows) + len(rejects) >= self._limits.rows or size >= 4 * self._limits.row_bytes:
                break
        if self.line == begun:
            return None
        return Block(begun, self.position, self.line, rows=rows, rejects=rejects)

    def give_back(self, data: bytes) -> None:
        raise AssertionError("lines of JSON are whole")

    def _read_names(self) -> list[str]:
        for length, raw in self._lines:
            if not raw.strip():
                self.position, self.line = self.position + length, self.line + 1
                continue
            self._lines = chain([(length, raw)], self._lines)
            try:
                return [*json.loads(raw).keys()]
            except (ValueError, AttributeError) as problem:
                raise IngestError(
                    f"Line {self.line} is no JSON object ({find_bad_byte(raw) or problem}): one a line is read, and"
                    " the first names the columns."
                ) from problem
        raise IngestError("The source is empty: it has no row.")

    def _read_row(self, raw: bytes, length: int) -> Row | Reject:
        if length > len(raw):
            why = f"is a line of {length:,} bytes: a row may have {self._limits.row_bytes:,}"
            return make_reject(self.line, why, raw)
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as problem:
            return make_reject(self.line, find_bad_byte(raw) or f"is no JSON: {problem}", raw)
        if not isinstance(found, dict):
            return make_reject(self.line, "is no JSON object", raw)
        return _pick(self.line, found, self.names, self._known, raw)


class RowReader:
    """An iterable of mappings or sequences; it is read once, in order."""

    def __init__(self, rows: Iterable[Any], limits: Limits, names: Sequence[str] | None) -> None:
        self.position, self.line = 0, 1
        self._limits, self._rows = limits, iter(rows)
        self.names = list(names or self._read_names())
        self._known = frozenset(self.names)

    def move(self, position: int, line: int) -> None:
        if sum(1 for _ in islice(self._rows, position)) < position:
            raise SourceChanged("The iterable ends before the row up to which it was loaded.")
        self.position, self.line = position, line

    def take(self) -> Block | None:
        found = [*islice(self._rows, self._limits.rows)]
        if not found:
            return None
        begun = self.line
        read = [self._read_row(begun + number, one) for number, one in enumerate(found)]
        self.line, self.position = begun + len(found), self.position + len(found)
        rows = [one for one in read if isinstance(one, Row)]
        rejects = [one for one in read if isinstance(one, Reject)]
        return Block(begun, self.position, self.line, rows=rows, rejects=rejects)

    def give_back(self, data: bytes) -> None:
        raise AssertionError("rows are whole")

    def _read_names(self) -> list[str]:
        for first in self._rows:
            if not isinstance(first, Mapping):
                raise IngestError(
                    f"Rows of {type(first).__name__} have no names: pass columns=[...] in their order."
                )
            self._rows = chain([first], self._rows)
            return [*first]
        raise IngestError("The source is empty: it has no row.")

    def _read_row(self, line: int, given: Any) -> Row | Reject:
        if isinstance(given, Mapping):
            return _pick(line, given, self.names, self._known, given)
        if not isinstance(given, Sequence) or isinstance(given, str | bytes):
            return make_reject(line, f"is {type(given).__name__}, no mapping and no sequence", given)
        if len(given) != len(self.names):
            return make_reject(line, f"has {len(given)} values for {len(self.names)} columns", given)
        return Row(line, [*given], given)


def _pick(
    line: int, found: Mapping[str, Any], names: list[str], known: frozenset[str], raw: Any
) -> Row | Reject:
    """The values in the order of the names."""
    if not known.issuperset(found):
        key = next(one for one in found if one not in known)
        near = get_close_matches(str(key), names, n=1)
        advice = (
            f"is {near[0]!r} meant?" if near else "name all of them in columns= when the first row lacks some"
        )
        return make_reject(line, f"is a key that the first row has not: {advice}", raw, column=str(key))
    get = found.get
    return Row(line, [get(name, MISSING) for name in names], raw)


def _split_lines(source: Source, longest: int) -> Iterator[tuple[int, bytes]]:
    """(length, line) of each; one that is too long is cut, so that it has fewer bytes than its length."""
    data, dropped = b"", 0
    while more := source.read(CHUNK):
        *lines, data = (data + more).split(NEWLINE)
        for line in lines:
            yield len(line) + 1 + dropped, line + NEWLINE
            dropped = 0
        if len(data) > longest:
            dropped, data = dropped + len(data) - SHOWN, data[:SHOWN]
    if data:
        yield len(data) + dropped, data

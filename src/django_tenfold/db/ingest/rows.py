"""JSON lines and iterables in blocks of rows: lists of values in one order of names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django_tenfold.db.ingest.blocks import CHUNK, MISSING, Block, Row
from django_tenfold.db.ingest.cells import Exact
from django_tenfold.db.ingest.errors import IngestError, Reject, SourceChanged, make_reject
from django_tenfold.db.ingest.lines import SHOWN, LineReader, tell_too_long
from django_tenfold.db.ingest.text import NEWLINE, find_bad_byte

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.db.ingest.blocks import Limits
    from django_tenfold.db.ingest.source import Source

DECODER = json.JSONDecoder(parse_float=Exact)


class JsonReader(LineReader):
    """An object a line. The names are those of the first, unless they are given."""

    def __init__(self, source: Source, limits: Limits, names: Sequence[str] | None) -> None:
        super().__init__(source, limits)
        self.names = list(names or self._read_names())
        self._known = frozenset(self.names)

    def _make_block(self, line: int, data: bytes, *, whole: bool) -> Block:
        alike = max(map(len, data.split(NEWLINE))) <= self._limits.row_bytes
        return Block(line, self.position, self.line, data, read_row=self._read_row, alike=alike)

    def _read_names(self) -> list[str]:
        place = 0
        while True:
            end = self._rest.find(NEWLINE, place) + 1
            if not end and len(self._rest) - place < self._limits.row_bytes and (more := self._read(CHUNK)):
                self._rest += more
                continue
            if raw := self._rest[place : end or len(self._rest)].strip():
                return self._name_columns(raw, self.line + self._rest.count(NEWLINE, 0, place))
            if not end:
                raise IngestError("The source is empty: it has no row.")
            place = end

    def _name_columns(self, raw: bytes, line: int) -> list[str]:
        try:
            return [*json.loads(raw).keys()]
        except (ValueError, AttributeError, RecursionError) as problem:
            raise IngestError(
                f"Line {line} is no JSON object ({find_bad_byte(raw) or problem}): one a line is read, and"
                " the first names the columns."
            ) from problem

    def _read_row(self, line: int, raw: bytes) -> Row | Reject:
        if len(raw) > self._limits.row_bytes:
            return make_reject(line, tell_too_long(len(raw), self._limits), raw[:SHOWN])
        try:
            found = DECODER.decode(raw.decode())
        except (ValueError, RecursionError) as problem:
            return make_reject(line, find_bad_byte(raw) or f"is no JSON: {problem}", raw)
        if not isinstance(found, dict):
            return make_reject(line, "is no JSON object", raw)
        return _pick(line, found, self.names, self._known, raw)


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

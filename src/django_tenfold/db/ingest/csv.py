"""CSV in blocks: the header, and records that may go over several lines."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django_tenfold.db.ingest.blocks import CHUNK
from django_tenfold.db.ingest.errors import IngestError
from django_tenfold.db.ingest.lines import LineReader
from django_tenfold.db.ingest.text import NEWLINE, find_bad_byte, find_boundary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.db.ingest.blocks import Limits
    from django_tenfold.db.ingest.source import Source


class CsvReader(LineReader):
    """CSV with a header, or with `names` and no header."""

    def __init__(
        self, source: Source, limits: Limits, names: Sequence[str] | None, *, delimiter: str = ","
    ) -> None:
        super().__init__(source, limits)
        self.names = list(names or ()) or self._read_header(delimiter)

    def _find_boundary(self, data: bytes) -> int:
        return find_boundary(data)

    def _read_header(self, delimiter: str) -> list[str]:
        data = b""
        while NEWLINE not in data and len(data) < self._limits.row_bytes and (more := self._read(CHUNK)):
            data += more
        if not data.strip():
            raise IngestError(
                "The source is empty: its first line names the columns. Without one, pass columns=."
            )
        end = find_boundary(data) or len(data)
        end = min(end, data.find(NEWLINE) + 1 or end)
        head, self._rest = data[:end], data[end:]
        if b"\r" in head.rstrip(b"\r\n"):
            raise IngestError("Lines end in a carriage return alone: convert them to newlines first.")
        if problem := find_bad_byte(head):
            raise IngestError(f"The header {problem}.")
        names = [
            one.strip() for one in next(csv.reader([head.decode().strip("\r\n")], delimiter=delimiter), [])
        ]
        if len(names) == 1 and (other := [one for one in ";\t|," if one in names[0]]):
            raise IngestError(f"The header has one column, {names[0]!r}: is delimiter={other[0]!r} meant?")
        self.position, self.line = end, 2
        return names

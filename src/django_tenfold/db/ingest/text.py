"""CSV as bytes: where records end, which of them are broken and how, cells appended to each.

The rules are RFC 4180's: a quote opens and closes a whole cell, and is doubled within. PostgreSQL's COPY takes a quote
in the middle of a cell too and drops it (https://www.postgresql.org/docs/current/sql-copy.html, "CSV Format"); here
such a record is told, because `5" nail` would be loaded as `5 nail`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTE, NEWLINE = b'"', b"\n"
BYTE_SHOWN = 20
"""Bytes around one that is no UTF-8."""


class Broken(NamedTuple):
    """A record that is none, and why."""

    line: int
    body: bytes
    problem: str


@dataclass(slots=True)
class Records:
    """The records of a block, their line ends cut off, and the line in which each begins."""

    lines: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    left: bytes = b""
    """Behind the last of them: what may be whole with the bytes that follow."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record looks like: cells of a number, and what stands between them."""

    columns: int
    whole: re.Pattern[bytes]
    """One record of so many cells, its line end included."""
    cells: re.Pattern[bytes]
    """As many cells as there are."""
    cell: re.Pattern[bytes]
    unclosed: re.Pattern[bytes]
    delimiter: bytes


def make_shape(columns: int, delimiter: bytes) -> Shape:
    """Raises ValueError for a delimiter that cannot be one."""
    if len(delimiter) != 1 or delimiter in b'"\r\n\\.' or delimiter.isalnum():
        raise ValueError(
            f"{delimiter.decode()!r} cannot stand between cells: give one character such as , or ;"
        )
    mark = re.escape(delimiter)
    quoted = rb'"[^"]*+(?:""[^"]*+)*+'
    cell = rb"(?:" + quoted + rb'"|[^"\r\n' + mark + rb"]*+)"
    several = cell + rb"(?:" + mark + cell + rb"){%d}" % (columns - 1)
    return Shape(
        columns,
        re.compile(several + rb"\r?(?:\n|\Z)"),
        re.compile(cell + rb"(?:" + mark + cell + rb")*+"),
        re.compile(cell),
        re.compile(quoted + rb"\Z"),
        delimiter,
    )


def find_boundary(data: bytes) -> int:
    """Where the last whole record of `data` ends; 0 when none does. `data` begins with a record."""
    end = data.rfind(NEWLINE) + 1
    if data.count(QUOTE, 0, end) % 2 == 0:
        return end
    while True:  # the line ends within quotes: look before the quote that opened them
        opened = data.rfind(QUOTE, 0, end)
        closed = data.rfind(QUOTE, 0, opened)
        if found := data.rfind(NEWLINE, closed + 1, opened) + 1:
            return found
        if closed < 0:
            return 0
        end = closed


def is_well_quoted(data: bytes, delimiter: bytes) -> bool:
    """Whether every quote opens or closes a whole cell, or is doubled. `data` is whole records.

    Between quotes, every second part lies outside of cells: it begins and ends as what is between cells does.
    """
    parts = data.split(QUOTE)
    if len(parts) == 1:
        return True
    before, after = delimiter + b"\n", delimiter + b"\r\n"
    first, last, between = parts[0], parts[-1], parts[2:-1:2]
    return (
        len(parts) % 2 == 1
        and (not first or first[-1] in before)
        and (not last or last[0] in after)
        and all(not part or (part[0] in after and part[-1] in before) for part in between)
    )


def read_records(data: bytes, shape: Shape, line: int, *, complete: bool) -> Records:
    """The records of a block that begins in `line`, blank lines left out.

    A record whose quotes do not close before the end ends it, and more bytes may close them; with `complete` none
    follow, and its first line is told as broken.
    """
    found = _read_records(data, shape, line, complete=complete)
    if not complete and found.left and not found.bodies and not found.broken:
        # The first record has no end where the block has one: it is broken, and waiting would not end.
        return _read_records(data, shape, line, complete=True)
    return found


def _read_records(data: bytes, shape: Shape, line: int, *, complete: bool) -> Records:
    found = Records()
    readable = b"\0" not in data and _is_utf8(data)
    place, size = 0, len(data)
    while place < size:
        end = _take_whole(data, shape, place, line=line, found=found, readable=readable)
        if end == place:
            end = _line_end(data, place)
            if shape.columns == 1 or data[place:end].strip(b"\r\n"):
                end, problem = _diagnose(data, shape, place)
                if not problem and not complete:
                    found.left = data[place:]
                    return found
                problem = problem or "a quote opens that never closes"
                found.broken.append(Broken(line, data[place:end], problem))
        line += data.count(NEWLINE, place, end)
        place = end
    return found


def _take_whole(data: bytes, shape: Shape, place: int, *, line: int, found: Records, readable: bool) -> int:
    """Takes records up to the first that is broken; returns where that begins."""
    ends = [one.end() for one in _matches_in_a_row(shape.whole, data, place)]
    while ends and ends[-1] == (ends[-2] if len(ends) > 1 else place):
        del ends[-1]  # of nothing, at the end
    if not ends:
        return place
    bodies = [data[begin:end].rstrip(b"\r\n") for begin, end in pairwise((place, *ends))]
    if data.count(NEWLINE, place, ends[-1]) <= len(ends):
        lines = [*range(line, line + len(ends))]
    else:
        lines = [*accumulate((data.count(NEWLINE, *one) for one in pairwise((place, *ends))), initial=line)][
            :-1
        ]
    if readable:
        found.lines += lines
        found.bodies += bodies
        return ends[-1]
    for number, body in zip(lines, bodies, strict=True):
        if problem := find_bad_byte(body):
            found.broken.append(Broken(number, body, problem))
        else:
            found.lines.append(number)
            found.bodies.append(body)
    return ends[-1]


def _matches_in_a_row(pattern: re.Pattern[bytes], data: bytes, place: int) -> Iterator[re.Match[bytes]]:
    """Each behind the one before, without a turn of Python in between."""
    scanner = pattern.scanner(data, place)  # type: ignore[attr-defined]  # the standard library's own tokenizer
    return iter(scanner.match, None)


def _diagnose(data: bytes, shape: Shape, place: int) -> tuple[int, str]:
    """(end of what is thrown away, why). No reason: a quote is open at the end of the data."""
    found = shape.cells.match(data, place)
    end = found.end() if found is not None else place
    rest = data[end : end + 2]
    if rest[:1] == NEWLINE or rest == b"\r\n" or not rest:
        cells = len([*read_cells(data[place:end], shape)])
        end = min(len(data), end + (2 if rest == b"\r\n" else 1))
        return end, f"has {cells} cells where the header has {shape.columns}"
    line_end = _line_end(data, place)
    if (
        rest[:1] == QUOTE
        and (end == place or data[end - 1 : end] == shape.delimiter)
        and shape.unclosed.match(data, end)
    ):
        return line_end, ""
    what = "a carriage return" if rest[:1] == b"\r" else "a quote"
    return line_end, f"{what} stands within a cell: quote the whole cell, and double the quotes in it"


def _line_end(data: bytes, place: int) -> int:
    return data.find(NEWLINE, place) + 1 or len(data)


def find_bad_byte(record: bytes) -> str:
    """Why the bytes are no text that a database takes; "" when they are."""
    if b"\0" in record:
        return "holds a NUL byte, which no text of a database may"
    try:
        record.decode()
    except UnicodeDecodeError as problem:
        near = record[max(0, problem.start - BYTE_SHOWN) : problem.end].decode(errors="backslashreplace")
        return f"is not UTF-8 after {near!r}: name the file's encoding"
    return ""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_cells(record: bytes, shape: Shape) -> Iterator[str | None]:
    """The cells of a good record; None for one that is empty and not quoted."""
    place = 0
    while True:
        found = shape.cell.match(record, place)
        text = found.group() if found is not None else b""
        if text[:1] == QUOTE:
            yield text[1:-1].replace(b'""', QUOTE).decode()
        else:
            yield text.decode() or None
        place += len(text)
        if record[place : place + 1] != shape.delimiter:
            return
        place += 1


def append_to_each(data: bytes, more: bytes) -> bytes:
    """`more` at the end of each record of well quoted `data`; lines end in newlines afterwards."""
    end = more + NEWLINE
    if QUOTE not in data:
        return _end_lines(data, end)
    parts = data.split(QUOTE)
    parts[::2] = [_end_lines(part, end) for part in parts[::2]]
    return QUOTE.join(parts)


def _end_lines(data: bytes, end: bytes) -> bytes:
    return (data.replace(b"\r\n", NEWLINE) if b"\r" in data else data).replace(NEWLINE, end)

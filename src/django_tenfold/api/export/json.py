"""JSON lines out of COPY's CSV: PostgreSQL writes the values, this process puts their names between them.

`row_to_json` looks every name and type up for every row: COPY with it gives half the rows a second of COPY without.
CSV whose quote is `"` and whose escape is a backslash quotes text as JSON does, control characters apart. So the
columns are asked for as CSV, with the names between them as columns of their own; their quotes are QUOTE, a byte
that needs no quoting. One pass of `translate` over a block makes JSON of it: QUOTE becomes `"`, the delimiter goes.
Text with control characters is told by counting, and only its block takes the slow way.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import F, TextField
from django.db.models.functions import Cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.api.export.columns import Known

DELIMITER, QUOTE = b"\x02", b"\x03"
AS_CSV = "format csv, delimiter E'\\x02', quote '\"', escape '\\', null 'null'"
AS_JSON = "format csv, delimiter E'\\x02', quote E'\\x01', escape E'\\x01'"
"""JSON has no control characters outside of escapes, so nothing is quoted: one bare document per line."""
WITHOUT_QUOTES = ("number", "float", "boolean")
_NAMED = bytes.maketrans(QUOTE, b'"')
_CONTROLS = bytes(range(32))
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_ESCAPES = {bytes([code]): json.dumps(chr(code))[1:-1].encode() for code in range(32)}


@dataclass(frozen=True, slots=True)
class JsonCopy:
    """COPY of rows as JSON lines: what stands around the query, and what makes lines of its answer."""

    before: str
    after: str
    first: bytes = b""
    """How a line begins: brace and first name; empty where PostgreSQL writes whole lines."""
    controls: int = 0
    """Of each row without control characters in its text: delimiters, quotes of names, the end of the line."""

    def finish(self, lines: list[bytes]) -> bytes:
        """JSON lines of whole rows."""
        block = b"".join(lines)
        if not self.first:
            return block
        controls = len(block) - len(block.translate(None, _CONTROLS))
        if controls != self.controls * len(lines):
            block = _TEXT.sub(_escape_controls, block)
        bare = block.translate(_NAMED, DELIMITER)
        return (self.first + bare.replace(b"\n", b"}\n" + self.first))[: -len(self.first)]


def _escape_controls(text: re.Match[bytes]) -> bytes:
    return _CONTROL.sub(lambda found: _ESCAPES[found[0]], text[0])


def write_json_copy(columns: Sequence[Known], using: str) -> JsonCopy:
    """Of rows that a query selects by `select_json`; a percent sign is doubled, as psycopg takes it."""
    if _needs_rows(columns):
        return _write_by_row(columns, using)
    names = [json.dumps(one.header, ensure_ascii=False).encode() + b":" for one in columns]
    between = [b"," + name.replace(b'"', QUOTE) for name in names]
    shown = [_show(one, f"c{number}", using) for number, one in enumerate(columns)]
    told = [shown[0]]
    for number, one in enumerate(shown[1:], start=1):
        told += [f"{_quote(between[number])} as n{number}", one]
    quoted = [f"c{number}" for number, one in enumerate(columns) if one.kind not in WITHOUT_QUOTES]
    force = f", force_quote ({', '.join(quoted)})" if quoted else ""
    aliases = ", ".join(f"c{number}" for number in range(len(columns)))
    return JsonCopy(
        f"copy (select {', '.join(told)} from (",
        f") as line({aliases})) to stdout with ({AS_CSV}{force})",
        b"{" + names[0],
        len(told) + sum(name.count(QUOTE) for name in between[1:]),
    )


def _write_by_row(columns: Sequence[Known], using: str) -> JsonCopy:
    quote = connections[using].ops.quote_name
    names = ", ".join(quote(one.header.replace('"', '""')).replace("%", "%%") for one in columns)
    return JsonCopy(
        "copy (select row_to_json(line) from (", f") as line({names})) to stdout with ({AS_JSON})"
    )


def _needs_rows(columns: Sequence[Known]) -> bool:
    """JSON has quotes of its own, which CSV would escape."""
    return any(one.kind == "json" for one in columns)


def select_json(column: Known, columns: Sequence[Known]) -> Any:
    """What the query selects for one of the columns."""
    if column.kind == "decimal" and _needs_rows(columns):
        return Cast(column.name, TextField())  # a number of JSON is a binary float to most readers
    return F(column.name)


def _show(column: Known, name: str, using: str) -> str:
    """The text of a value as JSON has it, without the quotes."""
    if column.kind == "boolean":
        return f"{name}::text as {name}"  # "true", not "t"
    if column.kind == "float":  # JSON has no word for what is not finite
        finite = f"{name} > '-Infinity' and {name} < 'Infinity'"
        return f"case when {finite} then {name}::text else E'\\x03' || {name} || E'\\x03' end as {name}"
    if column.kind != "datetime":
        return name
    exact = f"btrim(to_json({name})::text, '\"')"
    if not column.stored or connections[using].timezone_name != "UTC":
        return f"{exact} as {name}"
    # Twice as fast; right for the years that Python knows. A legacy column without a zone has no "+".
    near = f"{name} >= '0001-01-01 00:00:00+00' and {name} < '10000-01-01 00:00:00+00'"
    fast = f"replace(replace({name}::text, ' ', 'T'), '+00', '+00:00')"
    return f"case when {near} then {fast} else {exact} end as {name}"


def _quote(text: bytes) -> str:
    escaped = text.decode().replace("\\", "\\\\").replace("'", "''").replace("\x03", "\\x03")
    return "E'" + escaped.replace("%", "%%") + "'"

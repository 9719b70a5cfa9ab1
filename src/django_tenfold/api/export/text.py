"""Lines of CSV and JSON as PostgreSQL writes them, so that both ways of an export give one text.

A cell that a spreadsheet would take for a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection). Numbers are left: "-5" of a number is no formula.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_tenfold.api.export.columns import Known

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with; spreadsheets of East Asia take the wide signs for the narrow ones."""
QUOTED = re.compile('[",\n\r]')


def guard_cell(text: str) -> str:
    return "'" + text if text[:1] and text[0] in FORMULA else text


def quote_cell(text: str) -> str:
    """Empty text is quoted: nothing at all is NULL."""
    if text and not QUOTED.search(text):
        return text
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def write_header(columns: Sequence[Known], *, safe: bool) -> str:
    texts = [guard_cell(one.header) if safe else one.header for one in columns]
    return ",".join(quote_cell(text) for text in texts) + "\n"


def csv_writer(columns: Sequence[Known], *, safe: bool) -> Callable[[Sequence[Any]], str]:
    """Makes the line of a row."""
    writers = [_cell_writer(one, safe=safe) for one in columns]

    def write(row: Sequence[Any]) -> str:
        return ",".join([write_cell(value) for value, write_cell in zip(row, writers, strict=True)]) + "\n"

    return write


def _cell_writer(column: Known, *, safe: bool) -> Callable[[Any], str]:
    render, as_json = column.render, column.kind == "json"

    def write_cell(value: Any) -> str:
        shown = value if render is None else render(value)
        if shown is None:
            return ""
        if as_json:
            return quote_cell(json.dumps(shown, ensure_ascii=False, default=_text_of))
        if isinstance(shown, str):
            return quote_cell(guard_cell(shown) if safe else str(shown))
        told = _text_of(shown)
        return quote_cell(told if not safe or isinstance(shown, _OF_NO_FORMULA) else guard_cell(told))

    return write_cell


def json_writer(columns: Sequence[Known]) -> Callable[[Sequence[Any]], str]:
    """Makes the line of a row: an object by header."""
    renders = [(one.header, one.render) for one in columns]

    def write(row: Sequence[Any]) -> str:
        shown = {
            header: _json_value(value if render is None else render(value))
            for value, (header, render) in zip(row, renders, strict=True)
        }
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"), default=_text_of) + "\n"

    return write


def _json_value(value: Any) -> Any:
    """JSON has no NaN, and PostgreSQL writes its name as text."""
    if isinstance(value, float) and not isfinite(value):
        return _text_of(value)
    return value.isoformat() if isinstance(value, datetime) and not value.microsecond else _trimmed(value)


def _trimmed(value: Any) -> Any:
    if isinstance(value, (datetime, time)) and value.microsecond:
        text = value.isoformat()
        head, _, tail = text.partition(".")
        digits, zone = tail[:6].rstrip("0"), tail[6:]
        return f"{head}.{digits}{zone}"
    return value


def _text_of(value: Any) -> str:
    """As PostgreSQL writes it, where it has such a value."""
    for kind, write in _TEXTS.items():
        if isinstance(value, kind):
            return write(value)
    return str(_trimmed(value))


_FULL_HOURS = re.compile(r"(?<=[+-]\d\d):00$")
"""The minutes of a zone, which PostgreSQL leaves out. A time has no sign before it."""
_OF_NO_FORMULA = (int, float, Decimal, date, time, timedelta, UUID, bytes, memoryview)
"""Their text is nobody's own; "-5" of a number is a number."""


def _float_text(value: float) -> str:
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")


_TEXTS: dict[Any, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    Decimal: "{:f}".format,
    float: _float_text,
    datetime: lambda value: _FULL_HOURS.sub("", str(_json_value(value)).replace("T", " ")),
    bytes: lambda value: "\\x" + value.hex(),
    memoryview: lambda value: "\\x" + bytes(value).hex(),
    dict: lambda value: json.dumps(value, ensure_ascii=False, default=_text_of),
    list: lambda value: json.dumps(value, ensure_ascii=False, default=_text_of),
}

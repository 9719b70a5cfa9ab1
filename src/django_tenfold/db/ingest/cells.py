"""Values of Python as cells of CSV that PostgreSQL reads: NULL is empty, text is quoted."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Model
from django.utils.duration import duration_iso_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import JSONField


NO_NULL = "is empty, and the column may not be NULL"


class Exact(float):
    """A number of JSON with the digits that it was written with: a decimal column takes them all."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Exact:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def quote(text: str) -> str:
    """Raises ValueError for a NUL, which no text of a database may hold."""
    if "\0" in text:
        raise ValueError("holds a NUL, which no text of a database may")
    return '"' + text.replace('"', '""') + '"'


def write_cell(value: Any) -> str:
    """Raises ValueError for what is no value of a column."""
    writer = WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    for kind, found in WRITERS.items():
        if isinstance(value, kind):
            return found(value)
    if isinstance(value, Model):
        return write_cell(value.pk)
    raise ValueError(f"is a {type(value).__name__}, which no column takes")


def write_json(field: JSONField) -> Callable[[Any], str]:
    """Of a JSON field: what is no text already is made one, and text is a value as well."""
    encoder = field.encoder

    def write(value: Any) -> str:
        if value is None:
            return ""
        try:
            return quote(json.dumps(value, cls=encoder))
        except (TypeError, ValueError) as problem:
            raise ValueError(f"cannot be JSON: {problem}") from problem

    return write


def _write_items(items: Iterable[Any]) -> str:
    return quote(_write_array(items))


def _write_array(items: Iterable[Any]) -> str:
    """An array as PostgreSQL writes it. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
    written = []
    for one in items:
        if one is None:
            written.append("NULL")
        elif isinstance(one, list | tuple):
            written.append(_write_array(one))
        else:
            cell = write_cell(one)
            text = cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell
            written.append('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "{" + ",".join(written) + "}"


def refuse_null() -> str:
    raise ValueError(NO_NULL)


def _refuse_object(value: Any) -> str:
    raise ValueError("is an object, and the column is no JSON")


WRITERS: dict[type, Callable[[Any], str]] = {
    str: quote,
    type(None): lambda value: "",
    bool: lambda value: "t" if value else "f",
    int: str,
    Exact: lambda value: value.text,
    float: repr,
    Decimal: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: duration_iso_string,
    UUID: str,
    list: _write_items,
    tuple: _write_items,
    dict: _refuse_object,
}
"""bool, Exact and datetime stand before what they are kinds of."""

"""Lines of JSON as rows of cells, by one regular expression where they all look the same.

A text of JSON without an escape is a quoted cell of CSV as it stands, and a number is a cell. So a line whose keys come
in the order of the block's first one and whose values are plain is rewritten by one substitution over the whole block;
every other line (another order, a nested value, an escape, what is no JSON) is read by a reader of JSON.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import JSONField

from django_tenfold.db.ingest.columns import is_text
from django_tenfold.db.ingest.text import NEWLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.db.ingest.columns import Column, Columns

DONE, QUOTED = b"\x01", b"\x02"
"""Stand before a line that was rewritten, and for a quote within a text: bytes that JSON has in no line of its own."""
TEXT = rb'"[^"\\\x00\x01\x03-\x1f]*+"'
WHOLE = rb"0|-?[1-9][0-9]{0,30}+"
NUMBER = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+"
BOOLEAN = rb"true|false"
ANY = rb"|".join((TEXT, NUMBER, BOOLEAN, rb"null"))
PLAIN_KEY = re.compile(r'[^"\\\x00-\x1f]+')


class Rewriting(NamedTuple):
    """A line of JSON, and the cells that it becomes."""

    line: re.Pattern[bytes]
    cells: bytes


@lru_cache(maxsize=16)
def make_rewriting(columns: Columns, order: Sequence[str]) -> Rewriting | None:
    """For keys in that order; None where every line must be read by itself."""
    given = {one.name: number for number, one in enumerate(columns.given)}
    if given.keys() != {*order} or not all(map(PLAIN_KEY.fullmatch, order)):
        return None
    groups = {name: number for number, name in enumerate(order, 1)}
    pairs = [
        rb'"' + re.escape(name.encode()) + rb'": ?(?:' + _value_of(columns.given[given[name]]) + rb")"
        for name in order
    ]
    cells = [b"" if one.field is None else rb"\g<%d>" % groups[one.name] for one in columns.given]
    return Rewriting(re.compile(rb"(?m)^\{" + rb", ?".join(pairs) + rb"\}\r?$"), DONE + b",".join(cells))


def _value_of(column: Column) -> bytes:
    """One group: the value as a cell can have it, nothing for an empty one."""
    field = column.field
    if field is None:
        return rb"(" + ANY + rb")"
    if isinstance(field, JSONField):
        return rb"(" + WHOLE + rb"|" + BOOLEAN + rb")|null"
    taken = TEXT + rb"|" + WHOLE if is_text(column.natural or field) else rb"|".join((TEXT, NUMBER, BOOLEAN))
    none = rb"" if is_text(field) and not field.null else rb"|null"
    return rb"(" + taken + rb")" + none


def rewrite_lines(data: bytes, columns: Columns) -> list[bytes | None]:
    """The cells of each line of `data`, which ends with a newline; None for a line that must be read by itself."""
    lines = data.count(NEWLINE)
    found = _find_rewriting(data, columns)
    if found is None:
        return [None] * lines
    written = found.line.sub(found.cells, data.replace(b'\\"', QUOTED)).replace(QUOTED, b'""').split(NEWLINE)
    return [one[1:] if one[:1] == DONE else None for one in written[:lines]]


def _find_rewriting(data: bytes, columns: Columns) -> Rewriting | None:
    if DONE in data or QUOTED in data:
        return None
    order = [one.name for one in columns.given]
    try:
        data.decode()
        first = json.loads(data.lstrip().partition(NEWLINE)[0])
    except UnicodeDecodeError:
        return None
    except (ValueError, RecursionError):
        return make_rewriting(columns, tuple(order))
    return make_rewriting(columns, tuple(first if isinstance(first, dict) else order))

"""A word of a tenth of the rows is looked up among the first rows alone: each row knows which beginnings it is in.

Only `ranked_rows` of the matches are ranked, those that stand first. To find them PostgreSQL takes every match from the
index, sorts them, and throws nearly all away: two thirds of the time of such a search. A beginning is a lexeme of its
rows; the index intersects it with the words, and ends where it ends. https://www.postgresql.org/docs/current/gin.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.search.marks import START

if TYPE_CHECKING:
    from django_tenfold.search.backend import Asked

SIZES = (16_384, 65_536, 262_144, 1_048_576, 4_194_304)
"""Rows of the beginnings, each within the next."""
PLENTY = 4
"""Times as many matches as are needed must be expected in one: the planner's numbers are estimates. Where they were
too high the search is asked again, of all rows."""
WHOLE = 0


def define_beginnings() -> str:
    """An array of lexemes, by the column `place`, the order in which rows came."""
    cases = ", ".join(f"case when place <= {size} then '{_lexeme(size)}' end" for size in SIZES)
    return f"array_to_tsvector(array_remove(array[{cases}]::text[], null))"


def write_beginning(size: int) -> str:
    """As a tsquery."""
    return f"'{_lexeme(size)}'"


def choose_beginning(table: str, asked: Asked, *, where: str, values: list[Any], using: str) -> int:
    """Its size, or WHOLE. Pages stay with the one of the first: `source` names it."""
    if asked.source.isdecimal():
        return int(asked.source) if int(asked.source) in SIZES else WHOLE
    with connections[using].cursor() as cursor:
        cursor.execute("select reltuples from pg_class where oid = %s::regclass", [table])
        (rows,) = cursor.fetchone()
        if rows < 2 * SIZES[0]:
            return WHOLE
        matches = estimate_rows(table, where, values, using)
    needed = PLENTY * asked.cap * rows / matches
    return next((size for size in SIZES if needed <= size <= rows / 2), WHOLE)


def estimate_rows(table: str, where: str, values: list[Any], using: str) -> int:
    """By the planner's statistics, in a third of a millisecond; 1 at least."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"explain (format json) select from {table} where {where}", values)
        told = cursor.fetchone()[0]
    (plan,) = json.loads(told) if isinstance(told, str) else told
    return max(1, int(plan["Plan"]["Plan Rows"]))


def _lexeme(size: int) -> str:
    return f"{START}^{size}"

"""JSON bytes of a read, made here or in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.rows.encoder import encode
from django_tenfold.api.rows.query import read
from django_tenfold.api.rows.sql import render_sql
from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context
    from django_tenfold.api.rows.bind import Bound


def render_bound(
    bound: Bound, context: Context, *, how: str = "", encode: Callable[[Any], bytes] = encode
) -> bytes:
    """`how` is "rows" or "sql", else what the options say; ValueError for anything else.

    What PostgreSQL cannot write as Python does is read by rows all the same.
    """
    how = how or options().render
    if how not in ("rows", "sql"):
        raise ValueError(f"how={how!r}: it is 'rows' or 'sql'")
    if how == "rows":
        return encode(read(bound, context))
    try:
        return render_sql(bound, context)
    except RefusedError:
        return encode(read(bound, context))

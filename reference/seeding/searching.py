"""Makes what was seeded findable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django_tenfold.search.index import list_indexes
from django_tenfold.search.rebuilding import rebuild_index

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 100_000
"""Reviews, in half a minute or less; ten million take half an hour, for which nobody wants to wait here."""


def index_rows(rows: int, say: Callable[[str], object]) -> None:
    """Rebuild the indexes of the search, or say how."""
    if connection.in_atomic_block:  # of a test: a rebuild commits batch by batch
        return
    if rows > AT_ONCE:
        say(
            "  The search finds them after `manage.py search_index rebuild`: 2 to 4 minutes a million, beside the site."
        )
        return
    for index in list_indexes():
        done = rebuild_index(index)
        say(f"  {index.__name__}: {done.rows:,} rows")

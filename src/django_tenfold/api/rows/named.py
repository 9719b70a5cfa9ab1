"""Rows whose items have names: what keys of a page are read from."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any


@lru_cache(maxsize=200)
def make_named(columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """A tuple whose items have the names of the columns, a field called "count" too."""
    places = {name: property(itemgetter(number)) for number, name in enumerate(columns)}
    return type("Row", (tuple,), {"__slots__": (), **places})

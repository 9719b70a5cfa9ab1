"""Lines in pieces that are sent at once."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINES = 4000
"""Under a megabyte."""


def cut(lines: Iterable[str], size: int = LINES) -> Iterator[list[str]]:
    """`size` lines at a time, in the end what is left."""
    rest = iter(lines)
    return iter(lambda: list(islice(rest, size)), [])

"""Loads the catalogue: every practice file, and the rows of `catalogue.csv` still to be written."""

from __future__ import annotations

import csv
import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from tenfold.practice import Check, Example, Fix, Practice


@dataclass(frozen=True)
class Entry:
    """One practice file: its data, functions, page and examples."""

    practice: Practice
    check: Check
    fix: Fix | None
    page: str
    examples: tuple[Example, ...]

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.page.partition("\n")[0]

    @property
    def why(self) -> str:
        """The page without its first line."""
        return self.page.partition("\n")[2].strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the catalogue to reach, judged yet or not."""

    id: str
    topic: str
    title: str
    sources: str
    evidence: str
    fix: str
    provided_by: str
    proof: str


def _entry(module: ModuleType) -> Entry:
    return Entry(
        practice=module.practice,
        check=module.check,
        fix=getattr(module, "fix", None),
        page=(module.__doc__ or "").strip(),
        examples=tuple(module.EXAMPLES),
    )


@cache
def entries() -> tuple[Entry, ...]:
    """Every practice file, sorted by id."""
    import tenfold.practices as home

    found = []
    for info in pkgutil.walk_packages(home.__path__, home.__name__ + "."):
        if not info.ispkg and info.name.count(".") == 3:  # tenfold.practices.<topic>.<name>
            found.append(_entry(importlib.import_module(info.name)))
    return tuple(sorted(found, key=lambda e: e.practice.id))


@cache
def rows() -> tuple[Row, ...]:
    """The catalogue to reach, in its own order."""
    text = files("tenfold.practices").joinpath("catalogue.csv").read_text(encoding="utf-8")
    return tuple(Row(**row) for row in csv.DictReader(text.splitlines()))

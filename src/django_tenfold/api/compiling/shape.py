"""What a read consists of: columns to ask for, and where each stands in the JSON. Serializers compile to it.

A path is a look-up as `values_list` takes it, from the model of the shape: "title", "user__email". Everything that
runs a read (rows, SQL) knows shapes only, so it serves this block's serializers and REST framework's alike; an
encoder of rows in another language would start from `Emitter` in emit.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    Convert = Callable[..., Any]


class RefusedError(Exception):
    """Why something cannot be compiled: a sentence."""


@dataclass(frozen=True, slots=True)
class Context:
    """What values may depend on beside the row."""

    request: Any = None
    format: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> tzinfo:
        return timezone.get_current_timezone()


@dataclass(frozen=True, slots=True)
class Value:
    """One column under one name. `make` gives what turns a value that is not None into JSON's, once for each read.

    `sql` says the same in PostgreSQL, "{}" for the column; "" when PostgreSQL cannot. `skip_without` names the
    column whose NULL leaves the name out altogether.
    """

    name: str
    path: str
    make: Callable[[Context], Convert | None] | None = None
    sql: str = "{}"
    skip_without: str = ""
    utc_only: bool = False
    """Whether `sql` is right only while the current time zone is UTC."""
    annotated: bool = False
    """Whether the queryset has to bring the column as an annotation."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of columns; it runs in Python, with None for NULL."""

    name: str
    paths: tuple[str, ...]
    make: Callable[[Context], Convert]


@dataclass(frozen=True, slots=True)
class One:
    """A nested object of the same row; None where the column `guard` is NULL ("" for always there)."""

    name: str
    guard: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """A nested list: one statement for all rows together.

    The children are those whose `back` look-up is one of the parents' `key`; `steps` is where the relation stands from
    the root, as prefetch_related writes it. `flat` lists bare values, of a shape with one entry.
    """

    name: str
    key: str
    back: str
    steps: str
    shape: Shape
    flat: bool = False
    filtered: Callable[[Any], Any] | None = None
    """Narrows or orders the children's queryset."""


Entry = Value | Call | One | Many


@dataclass(frozen=True, slots=True)
class Shape:
    model: Any
    entries: tuple[Entry, ...]
    expressions: dict[str, Any] = field(default_factory=dict)
    """SQL expressions by the path under which entries name them."""
    flat: bool = False

    def walk(self) -> Iterator[Entry]:
        """Every entry of a row, those of nested objects too, not those of nested lists."""
        return _walk(self.entries)

    @property
    def lists(self) -> tuple[Many, ...]:
        return tuple(one for one in self.walk() if isinstance(one, Many))

    @property
    def paths(self) -> tuple[str, ...]:
        """The columns of a row, each once."""
        found: dict[str, None] = {}
        for one in self.walk():
            found.update(dict.fromkeys(list_paths(one)))
        return tuple(found)


def _walk(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for one in entries:
        yield one
        if isinstance(one, One):
            yield from _walk(one.entries)


def list_paths(entry: Entry) -> tuple[str, ...]:
    """The columns that the entry itself needs."""
    if isinstance(entry, Value):
        return (entry.path, entry.skip_without) if entry.skip_without else (entry.path,)
    if isinstance(entry, Call):
        return entry.paths
    if isinstance(entry, One):
        return (entry.guard,) if entry.guard else ()
    return (entry.key,)

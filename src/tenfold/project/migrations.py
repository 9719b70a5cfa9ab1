"""Facts of the migrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.model import Location
    from tenfold.project.source import Value


@dataclass(frozen=True, slots=True)
class OperationFact:
    """One operation of a migration: "AddField" with its keyword arguments."""

    name: str
    where: Location
    arguments: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Migration:
    app: str
    """The app's label: its folder's name unless an AppConfig says another."""
    name: str
    path: str
    dependencies: tuple[tuple[str, str], ...]
    operations: tuple[OperationFact, ...]
    initial: bool
    squashes: int
    """How many migrations it replaces."""
    atomic: bool


@dataclass(frozen=True)
class Migrations:
    all: tuple[Migration, ...] = ()
    exact: bool = False

"""A fact is `Known(value, where)` or `Unknown(why)`; a `Project` is all facts of one Django project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tenfold.project.contexts import Contexts
    from tenfold.project.dependencies import Dependencies
    from tenfold.project.files import Files
    from tenfold.project.lint import Lint
    from tenfold.project.migrations import Migrations
    from tenfold.project.models import Models
    from tenfold.project.probed import Probed
    from tenfold.project.querysets import Querysets
    from tenfold.project.repository import Repository
    from tenfold.project.servers import Servers
    from tenfold.project.settings import Settings
    from tenfold.project.source import Source
    from tenfold.project.templates import Templates
    from tenfold.project.urls import Urls

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in the project: POSIX path relative to its root, 1-based line (0: the whole file)."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A fact with the place it was read from (None when no single place holds it)."""

    value: T
    where: Location | None = None
    exact: bool = False
    """True when the running project said it (the probe), False when it was read from source."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What cannot be told, and why. It is no pass."""

    why: str


Fact: TypeAlias = Known[T] | Unknown


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that a reader could not use: the audit goes on without it and says so."""

    where: Location
    what: str
    next_step: str


@dataclass(frozen=True)
class Project:
    """All facts of one Django project. Frozen; made by `tenfold.project.readers.project`."""

    root: Path
    name: str
    files: Files
    source: Source
    settings: Settings
    urls: Urls
    models: Models
    querysets: Querysets
    migrations: Migrations
    templates: Templates
    dependencies: Dependencies
    repository: Repository
    servers: Servers
    contexts: Contexts
    lint: Fact[Lint]
    probed: Fact[Probed]
    today: date
    """The day of the audit: supported versions are judged against it."""
    problems: tuple[Problem, ...] = ()

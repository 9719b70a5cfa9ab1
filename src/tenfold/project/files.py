"""Which files belong to the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Fact


@dataclass(frozen=True, slots=True)
class File:
    """One file: POSIX path relative to the project's root, size in bytes, tracked by git or not."""

    path: str
    size: int
    tracked: bool

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Files:
    """Every file of the project: git's tracked files plus untracked ones that git does not ignore;
    without git, a walk that skips environments, caches and `node_modules`. Sorted by path.
    """

    all: tuple[File, ...]
    git: Fact[bool]
    """Known(True) in a git work tree, Known(False) without one, Unknown when git could not be asked."""
    ignored: frozenset[str] = field(default=frozenset())
    """Paths of untracked files that git ignores, where they matter (environment files)."""

    @cached_property
    def by_path(self) -> dict[str, File]:
        return {file.path: file for file in self.all}

    def __contains__(self, path: str) -> bool:
        return path in self.by_path

    def named(self, *patterns: str) -> Iterator[File]:
        """Files whose name (not path) matches one of the glob patterns."""
        return (f for f in self.all if any(fnmatchcase(f.name, p) for p in patterns))

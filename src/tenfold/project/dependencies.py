"""Facts of what the project depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.project.model import Fact, Location


@dataclass(frozen=True, slots=True)
class Requirement:
    """One declared dependency. `name` is normalised (PEP 503), `specifier` as written ("==5.2.1", "")."""

    name: str
    specifier: str
    where: Location
    group: str
    """ "main", or the group or extra it stands in: "dev", "test", "docs", "production", ..."""
    pinned: bool
    """Exactly one version: `==` without wildcard, a lock entry, or an exact URL or commit."""
    direct_url: bool = False


@dataclass(frozen=True)
class Dependencies:
    """What is declared and, where a lock file exists, what is locked."""

    declared: tuple[Requirement, ...] = ()
    locked: Mapping[str, str] = field(default_factory=dict)
    """name -> version, from uv.lock, poetry.lock, Pipfile.lock, pdm.lock, pylock.toml, pip-compiled files
    or an installed environment inside the project."""
    files: tuple[str, ...] = ()
    lock_files: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    """Environment tools the repository shows: "uv", "poetry", "pipenv", "pdm", "pip-tools", "pip", ..."""
    python: Fact[str] | None = None
    """The Python that production runs, "3.12": from the image, runtime.txt, .python-version, or requires-python."""
    requires_python: Fact[str] | None = None

    def __contains__(self, name: object) -> bool:
        return any(r.name == name for r in self.declared) or name in self.locked

    def declared_as(self, name: str) -> tuple[Requirement, ...]:
        """Every declaration of the (normalised) name."""
        return tuple(r for r in self.declared if r.name == name)

    def version(self, name: str) -> Fact[str]:
        """The version that production gets: locked, else pinned, else the lowest the specifier admits
        with `why` saying that it is a floor. Unknown when it is not declared."""
        raise NotImplementedError

"""Facts of what the project depends on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tenfold.project.model import Known, Location, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Fact

_LOWER = re.compile(r"(?:>=|~=|===?|\^|~|>|(?<![<!=\w.]))v?(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)")


def normalise_name(name: str) -> str:
    """PEP 503: "Django_Redis" is "django-redis"."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
    """The Python that production runs, "3.12": from the image, runtime.txt, .python-version, requires-python
    (then it is the lowest it allows), or CI."""
    requires_python: Fact[str] | None = None

    def __contains__(self, name: object) -> bool:
        return any(r.name == name for r in self.declared) or name in self.locked

    def declared_as(self, name: str) -> tuple[Requirement, ...]:
        """Every declaration of the (normalised) name."""
        return tuple(r for r in self.declared if r.name == name)

    def version(self, name: str) -> Fact[str]:
        """The version that production gets: locked, else pinned, else the lowest the specifier admits
        (`is_floor` says so). Unknown when it is not declared, or declared without a lower bound."""
        name = normalise_name(name)
        declared = self._of_production(name)
        where = declared[0].where if declared else None
        if name in self.locked:
            lock = Location(self.lock_files[0]) if self.lock_files else where
            return Known(self.locked[name], where or lock)
        if not declared:
            return Unknown(f"{name} is not declared")
        for requirement in declared:
            if requirement.pinned and requirement.specifier:
                return Known(requirement.specifier.lstrip("=v"), requirement.where)
        floors = [(version, r.where) for r in declared for version in _lower_bounds(r.specifier)]
        if not floors:
            return Unknown(f"{name} is declared without a lowest version and no lock file holds it")
        version, place = max(floors, key=lambda floor: _sort_key(floor[0]))
        return Known(version, place)

    def is_floor(self, name: str) -> bool:
        """Whether `version(name)` is only the lowest version that the specifier admits."""
        name = normalise_name(name)
        pinned = any(r.pinned and r.specifier for r in self._of_production(name))
        return name not in self.locked and not pinned and isinstance(self.version(name), Known)

    def admits(self, name: str, version: str) -> bool:
        """Whether every declaration for production lets an installer choose `version`. False where a
        specifier is no PEP 440 text (Poetry's `^4.2`, which never leaves its first number)."""
        declared = self._of_production(normalise_name(name))
        return bool(declared) and all(_admits(r.specifier, version) for r in declared)

    def _of_production(self, name: str) -> tuple[Requirement, ...]:
        """Declarations for production, else every declaration."""
        every = self.declared_as(name)
        return tuple(r for r in every if r.group in ("main", "production")) or every


def _admits(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(version)
    except InvalidSpecifier:
        return False


def _lower_bounds(specifier: str) -> Iterator[str]:
    for part in specifier.split("||")[0].split(","):
        match = _LOWER.match(part.strip())
        if match:
            yield match[1]


def _sort_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))

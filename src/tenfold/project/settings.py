"""Facts of the settings that production runs with: each value, where it was set, what decides it.

A setting has one or more `Possible` values. Settings read statically keep the environment variables
and the branches they depend on; settings resolved by the probe have exactly one, marked `exact`.

Values are plain Python data, in which may stand, at any depth:
- `FromEnvironment(variable, default)`: what an environment variable decides;
- `Reference(dotted)`: an object known by name only (`datetime.timedelta(...)`, a class, a function);
- `Undetermined(why)`: what could not be evaluated.

Paths below the project's root are relative to it, as str or PurePosixPath: `BASE_DIR / "static"` is
`PurePosixPath("static")`, the root itself `PurePosixPath(".")`.

`Settings.values` keeps branches where they are, as `Choice` parts; `possible()` unfolds them: what it
returns holds no Choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project import settings_unfolding as unfolding
from tenfold.project.model import Location, Unknown
from tenfold.project.settings_values import (
    MISSING,
    Branch,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Missing,
    Possible,
    Reference,
    Tupled,
    Undetermined,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Fact

__all__ = [
    "MISSING",
    "Assigned",
    "Branch",
    "Choice",
    "Entries",
    "FromEnvironment",
    "Listed",
    "Missing",
    "Possible",
    "Reference",
    "Settings",
    "Tupled",
    "Undetermined",
]


@dataclass(frozen=True, slots=True)
class Assigned:
    """One statement that sets or changes a setting, in execution order."""

    name: str
    where: Location
    end_line: int
    operator: str
    """ "=", "+=", "|=", "[]=" (item), ".append()", ".update()", ..."""
    condition: str = ""
    text: str = ""
    """The statement's first line, stripped."""


@dataclass(frozen=True)
class Settings:
    """Production's settings. Falsy `module` facts say why they could not be found."""

    module: Fact[str]
    """Dotted name of the module production runs with; `where` is the place that says so."""
    path: str = ""
    """The module's file, "" when unknown."""
    files: tuple[str, ...] = ()
    """Every file whose statements build these settings (the module and what it star-imports)."""
    others: tuple[tuple[str, str], ...] = ()
    """(path, purpose) of settings modules that production does not use: development, test, ..."""
    values: Mapping[str, tuple[Possible, ...]] = field(default_factory=dict)
    assigned: tuple[Assigned, ...] = ()
    variables: Mapping[str, tuple[Location, ...]] = field(default_factory=dict)
    """Environment variables that the settings read, with the places that read them."""
    complete: bool = True
    """False when parts could not be followed (an import that is not in the project, exec, ...): a name
    that is absent from `values` is then not known to be unset."""
    exact: bool = False
    """The values were resolved by the probe."""
    gaps: tuple[tuple[Location, str], ...] = ()
    """Why `complete` is False: the places that could not be followed, each with its reason."""
    doubt: str = ""
    """Why these may not be production's settings: only a module for development was found. Findings
    that rest on them are then a preview."""
    overrides: tuple[tuple[Location, str], ...] = ()
    """Optional modules or files that would override settings and are not in the project
    (`local_settings`): (the line that reads it, its name). The values are those without them."""

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def possible(self, name: str, *keys: str | int, development: bool = False) -> tuple[Possible, ...]:
        """Every value that `name` (or the entry `keys` inside it) can have; () when it is never set.

        An entry missing from a dict that is set gives a Possible with value MISSING at the dict's
        place, so a practice can tell "not set" from "set without this key". A FromEnvironment is
        unfolded: `value` becomes its default and `variable` its name. A list or tuple of which only
        some elements are known is Undetermined here (`entries` gives the known ones). What holds only
        in branches that production does not take (`if DEBUG:`) is left out unless `development`.
        """
        found = [p for start in self.values.get(name, ()) for p in unfolding.descend(start, keys)]
        found = [p for each in found for p in unfolding.expand(each)]
        if not development:
            found = [p for p in found if p.production]
        return unfolding.merge_equal(found)

    def entries(self, name: str, *keys: str | int, development: bool = False) -> tuple[Possible, ...]:
        """Every element that the list or tuple (or key: value of the dict) can hold, in order, each with
        its own line and condition. For a dict `value` is the key. Unknown elements are Undetermined."""
        found = [p for start in self.values.get(name, ()) for p in unfolding.descend(start, keys)]
        inside = [p for each in found for p in unfolding.elements(each)]
        if not development:
            inside = [p for p in inside if p.production]
        return unfolding.merge_equal(inside)

    def known(self, name: str, *keys: str | int) -> Fact[object]:
        """The one value of `name`, when there is exactly one and nothing decides it at run time."""
        label = name + "".join(f"[{key!r}]" for key in keys)
        found = self.possible(name, *keys)
        if len(found) == 1:
            return unfolding.tell(found[0], label)
        if found:
            return Unknown(f"{label} has {len(found)} possible values")
        return Unknown(
            f"{label} is not set" + ("" if self.complete else ", as far as the settings can be read")
        )

    def where(self, name: str) -> Location:
        """The last place that sets `name`; else the settings file as a whole."""
        places = [assigned.where for assigned in self.assigned if assigned.name == name]
        if places:
            return places[-1]
        found = self.values.get(name, ())
        return found[-1].where if found else Location(self.path)

    def databases(self) -> Iterator[tuple[str, tuple[Possible, ...]]]:
        """(alias, possible entries) of DATABASES."""
        aliases = [p.value for p in self.entries("DATABASES") if isinstance(p.value, str)]
        for alias in dict.fromkeys(aliases):
            yield alias, self.possible("DATABASES", alias)

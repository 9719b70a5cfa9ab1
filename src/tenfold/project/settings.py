"""Facts of the settings that production runs with: each value, where it was set, what decides it.

A setting has one or more `Possible` values. Settings read statically keep the environment variables
and the branches they depend on; settings resolved by the probe have exactly one, marked `exact`.

Values are plain Python data, in which may stand, at any depth:
- `FromEnvironment(variable, default)`: what an environment variable decides;
- `Reference(dotted)`: an object known by name only (`datetime.timedelta(...)`, a class, a function);
- `Undetermined(why)`: what could not be evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Fact, Location


class Missing:
    """The type of `MISSING`: no value at all (a key that is not there, a variable without default)."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """What the environment decides. `default` is MISSING where the variable is required."""

    variable: str
    default: object = MISSING
    cast: str = "str"
    """ "str", "bool", "int", "float", "list", "dict", "json", "db_url", "cache_url", "email_url", ..."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An object known by its dotted name; `arguments` are what a call was given, when it is a call."""

    dotted: str
    arguments: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()
    called: bool = False


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A part that the evaluator could not tell."""

    why: str


@dataclass(frozen=True, slots=True)
class Possible:
    """One value that a setting can have in production."""

    value: object
    where: Location
    """The line that sets this very value (for a key inside a dict: the key's line)."""
    condition: str = ""
    """The branch under which it holds, as read: `if not DEBUG`; "" when unconditional."""
    variable: str = ""
    """The environment variable that decides it; `value` is then the default (MISSING: required)."""
    exact: bool = False
    """Resolved by the running project."""

    @property
    def source(self) -> str:
        """How a person would say where the value comes from."""
        if self.exact:
            return "as resolved by the project"
        if self.variable:
            default = "no default" if self.value is MISSING else f"default {self.value!r}"
            return f"production value depends on {self.variable}, {default}"
        return f"when {self.condition}" if self.condition else f"set at {self.where}"


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

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def possible(self, name: str, *keys: str | int) -> tuple[Possible, ...]:
        """Every value that `name` (or the entry `keys` inside it) can have; () when it is never set.

        An entry missing from a dict that is set gives a Possible with value MISSING at the dict's
        place, so a practice can tell "not set" from "set without this key". A FromEnvironment is
        unfolded: `value` becomes its default and `variable` its name.
        """
        raise NotImplementedError

    def known(self, name: str, *keys: str | int) -> Fact[object]:
        """The one value of `name`, when there is exactly one and nothing decides it at run time."""
        raise NotImplementedError

    def where(self, name: str) -> Location:
        """The last place that sets `name`; else the settings file as a whole."""
        raise NotImplementedError

    def databases(self) -> Iterator[tuple[str, tuple[Possible, ...]]]:
        """(alias, possible entries) of DATABASES."""
        raise NotImplementedError

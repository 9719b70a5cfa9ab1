"""The environment variables that a project's settings read, and what each of them decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project.settings_values import Choice, FromEnvironment, Missing, Possible, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.settings import Settings


@dataclass(frozen=True, slots=True)
class Use:
    """One value that a variable decides."""

    setting: str
    """Dotted: "DATABASES.default.HOST", "ALLOWED_HOSTS"."""
    cast: str
    """How it is read: "str", "bool", "int", "list", "json", "db_url", ... (see `FromEnvironment`)."""
    default: str | None
    """The default as text; None when there is none."""
    condition: str = ""
    """The branch it is read in."""


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    places: tuple[str, ...]
    """ "hc/settings.py:30"."""
    uses: tuple[Use, ...] = field(default=())

    @property
    def cast(self) -> str:
        """How most of its uses read it, "str" when nothing tells."""
        casts = [use.cast for use in self.uses]
        return max(casts, key=casts.count) if casts else "str"

    @property
    def default(self) -> str | None:
        return next((use.default for use in self.uses if use.default is not None), None)


def read_variables(settings: Settings) -> tuple[Variable, ...]:
    """Every variable that the settings read, sorted by name."""
    uses: dict[str, dict[Use, None]] = {}
    for setting, values in settings.values.items():
        for value in values:
            for name, use in _find_uses(value, setting, ""):
                uses.setdefault(name, {})[use] = None
    return tuple(
        Variable(name, tuple(map(str, places)), tuple(uses.get(name, ())))
        for name, places in sorted(settings.variables.items())
    )


def _find_uses(value: object, setting: str, condition: str) -> Iterator[tuple[str, Use]]:
    if isinstance(value, Possible):
        yield from _find_uses(value.value, setting, value.condition or condition)
    elif isinstance(value, FromEnvironment):
        inner = value.default
        told = inner is not None and not isinstance(inner, Missing | FromEnvironment | Choice)
        for name in value.variable.split(", "):
            yield name, Use(setting, value.cast, str(inner) if told else None, condition)
        yield from _find_uses(inner, setting, condition)
    else:
        for key, item in _parts(value):
            yield from _find_uses(item, setting + key, condition)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """What stands inside a value, with what its place adds to the setting's name."""
    if isinstance(value, Choice):
        yield from (("", option) for option in value.options)
    elif isinstance(value, dict):
        yield from ((f".{key}", item) for key, item in value.items())
    elif isinstance(value, list | tuple):
        yield from (("[]", item) for item in value)
    elif isinstance(value, Reference):
        yield from (("", item) for item in (*value.arguments, *(item for _, item in value.keywords)))

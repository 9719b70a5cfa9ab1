"""`Environment`: what a settings file asks for its values; it tells all that is missing or wrong at once.

    env = Environment()
    SECRET_KEY = env.secret("SECRET_KEY", help="Signs sessions and tokens.")
    DEBUG = env.bool("DEBUG", default=False)
    DATABASES = env.databases(application_name="shop")
    env.check()    # the last line: one ImproperlyConfigured that lists every problem

A required variable that is missing reads as a harmless placeholder until `check()`, so that the rest of the
settings is read, and its problems are told too. An app of this block checks what a settings file forgot to.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django_tenfold.conf.reading import Reader
from django_tenfold.conf.secrets import unguessable_key
from django_tenfold.conf.services import ServiceSettings
from django_tenfold.conf.variables import ABSENT, MalformedError, Variable

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable

_PLACEHOLDERS: dict[str, Any] = {
    "str": "missing",
    "secret": unguessable_key,
    "bool": False,
    "int": 1,
    "float": 1.0,
    "list": list,
    "dict": dict,
    "json": dict,
    "path": Path("missing"),
    "url": "http://missing.invalid",
}
ENVIRONMENTS: weakref.WeakSet[Environment] = weakref.WeakSet()
"""Those of this process, so that one whose `check()` was forgotten is checked when the apps are ready."""


class Environment(ServiceSettings):
    """The environment of one settings file.

    `file`: a `.env` file to read as well, if it exists; the process's own variables win over it.
    `prefix`: stands before every name. `debug`: the variable that means development.
    """

    def __init__(
        self,
        file: builtins.str | Path | None = None,
        *,
        prefix: builtins.str = "",
        debug: builtins.str = "DEBUG",
    ) -> None:
        self._reader = Reader(file=file, prefix=prefix, debug=debug)
        ENVIRONMENTS.add(self)

    @property
    def development(self) -> builtins.bool:
        """Whether DEBUG is on in the environment: only then `development=` values are used."""
        return self._reader.development

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable that was read so far, in the order of the settings."""
        return tuple(self._reader.variables.values())

    def str(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.str:
        """A text. `choices=` lists what it may be, `at_least=` its fewest characters."""
        return self._read("str", name, default, **told)

    def secret(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.str:
        """A text that is never shown: `NAME`, or the content of the file that `NAME_FILE` names."""
        return self._read("secret", name, default, secret=True, **told)

    def bool(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.bool:
        """true, 1, yes, on; false, 0, no, off."""
        return self._read("bool", name, default, **told)

    def int(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.int:
        """A whole number; `at_least=`, `at_most=`."""
        return self._read("int", name, default, **told)

    def float(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.float:
        """A number; `at_least=`, `at_most=`."""
        return self._read("float", name, default, **told)

    def list(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.list[Any]:
        """Texts with commas between, without the blanks around them; `of=int` for others."""
        return self._read("list", name, default, **told)

    def dict(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.dict[Any, Any]:
        """name=value pairs with commas between."""
        return self._read("dict", name, default, **told)

    def json(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> Any:
        """Whatever JSON says."""
        return self._read("json", name, default, **told)

    def path(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> Path:
        """A `pathlib.Path`."""
        return self._read("path", name, default, **told)

    def url(self, name: builtins.str, default: Any = ABSENT, **told: Any) -> builtins.str:
        """A whole URL, as text."""
        return self._read("url", name, default, **told)

    def check(self) -> None:
        """Raises ImproperlyConfigured that lists every variable that is missing or wrong."""
        self._reader.check()

    def _read(
        self,
        kind: builtins.str,
        name: builtins.str,
        default: Any = ABSENT,
        *,
        development: Any = ABSENT,
        help: builtins.str = "",
        example: builtins.str = "",
        secret: builtins.bool = False,
        of: Callable[[builtins.str], Any] | None = None,
        choices: tuple[builtins.str, ...] = (),
        at_least: builtins.float | None = None,
        at_most: builtins.float | None = None,
    ) -> Any:
        required = default is ABSENT
        variable = Variable(self._reader.prefix + name, kind, required, help, example, secret)

        def parse() -> Any:
            value = _PARSERS[kind](self._reader.environs, name, of)
            if required and value == "":
                raise MalformedError("is empty")
            _refuse(value, choices=choices, at_least=at_least, at_most=at_most)
            return value

        placeholder = choices[0] if choices else _placeholder(kind, at_least)
        return self._reader.read(
            variable, parse, default=default, development=development, placeholder=placeholder
        )


def _placeholder(kind: str, at_least: float | None) -> Any:
    """What the rest of the settings can be read with: no empty text, no zero to divide by."""
    made = _PLACEHOLDERS[kind]
    return type(made)(at_least) if at_least is not None and kind in ("int", "float") else made


def _parse_list(environs: Any, name: str, of: Any) -> list[Any]:
    parts = [part.strip() for part in environs.str(name).split(",")]
    try:
        return [of(part) if of else part for part in parts if part]
    except (TypeError, ValueError):
        raise MalformedError("holds an item that cannot be read") from None


_PARSERS: dict[str, Callable[[Any, str, Any], Any]] = {
    "str": lambda environs, name, _: environs.str(name),
    "secret": lambda environs, name, _: environs.str(name),
    "bool": lambda environs, name, _: environs.bool(name),
    "int": lambda environs, name, _: environs.int(name),
    "float": lambda environs, name, _: environs.float(name),
    "list": _parse_list,
    "dict": lambda environs, name, of: environs.dict(name, subcast_values=of),
    "json": lambda environs, name, _: environs.json(name),
    "path": lambda environs, name, _: environs.path(name),
    "url": lambda environs, name, _: environs.url(name).geturl(),
}


def _refuse(value: Any, *, choices: tuple[str, ...], at_least: float | None, at_most: float | None) -> None:
    if choices and value not in choices:
        raise MalformedError(f"must be one of {', '.join(choices)}")
    measured = len(value) if isinstance(value, str | list | dict) else value
    unit = " characters" if isinstance(value, str) else " items" if isinstance(value, list | dict) else ""
    if at_least is not None and measured < at_least:
        raise MalformedError(f"must be at least {at_least:g}{unit}")
    if at_most is not None and measured > at_most:
        raise MalformedError(f"must be at most {at_most:g}{unit}")


def check_environments() -> None:
    """Checks every environment of this process. Raises ImproperlyConfigured."""
    for environment in [*ENVIRONMENTS]:
        environment.check()

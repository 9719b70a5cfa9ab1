"""Casts that environment libraries apply: a type, `Csv()`, a URL parser, a function of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.functions import call_function
from tenfold.project.readers.settings_evaluator.libraries.urls import PARSERS, url_entries
from tenfold.project.readers.settings_evaluator.lifting import default_of, distribute, lift
from tenfold.project.readers.settings_evaluator.objects import FunctionObject
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Tupled,
    Undetermined,
)

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Call

TRUE = frozenset(("y", "yes", "t", "true", "on", "1", "ok"))
FALSE = frozenset(("n", "no", "f", "false", "off", "0", ""))


def to_bool(value: Any) -> bool:
    """A text as the environment libraries read it. Raises ValueError for what is neither."""
    if not isinstance(value, str):
        return bool(value)
    text = value.strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError(value)


def to_list(value: Any) -> Any:
    """A comma-separated text as a list; a list as it is."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


_PLAIN: dict[str, Any] = {"bool": to_bool, "int": int, "float": float, "str": str, "list": to_list}


_CONTAINERS: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def apply_cast(read: FromEnvironment, cast: str) -> Any:
    """The variable as "bool", "int", "float", "str" or "list"; a default of None stays None."""
    standard = default_of(read)
    if isinstance(standard, (Choice, Undetermined)):
        return FromEnvironment(read.variable, standard, cast)
    if standard is None or standard is MISSING or isinstance(standard, (Entries, Listed, Tupled)):
        return FromEnvironment(read.variable, standard, cast)
    if cast not in _PLAIN:
        return FromEnvironment(read.variable, standard, cast)
    found = lift(_PLAIN[cast], read, cast=cast)
    if isinstance(found, FromEnvironment):
        return FromEnvironment(found.variable, found.default, cast)
    return found


def keep_default(read: FromEnvironment, cast: str) -> FromEnvironment:
    """The variable as `cast`, its default as it is given: `env.bool("DEBUG", default="False")` is a text."""
    return FromEnvironment(read.variable, read.default, cast)


def name_cast(cast: Any) -> str:
    """The kind of value that a `cast=` type makes; "" for a URL parser or a function."""
    if not isinstance(cast, Reference) or cast.dotted in PARSERS:
        return ""
    name = cast.dotted.rpartition(".")[2]
    if name in ("tuple", "List", "Tuple"):
        return "list"
    return {"boolean": "bool", "Boolean": "bool", "loads": "json"}.get(name, name)


def cast_value(read: FromEnvironment, cast: Any, call: Call) -> Any:
    """The variable under a `cast=` argument."""
    if cast is None:
        return read
    if isinstance(read.default, Choice):
        choice = read.default
        return distribute(choice, lambda part: cast_value(FromEnvironment(read.variable, part), cast, call))
    if isinstance(cast, Reference):
        return _cast_by_name(read, cast, call)
    if isinstance(cast, FunctionObject):
        result = call_function(cast, [read], {}, frame=call.frame, text=f"a cast of {read.variable}")
        return FromEnvironment(read.variable, MISSING) if isinstance(result, Undetermined) else result
    return FromEnvironment(read.variable, MISSING)


def _cast_by_name(read: FromEnvironment, cast: Reference, call: Call) -> Any:
    if cast.dotted in PARSERS:
        return url_entries(read, PARSERS[cast.dotted], where=call.where)
    if cast.called and cast.dotted.endswith("Csv"):
        return _cast_to_list(read, cast)
    if cast.dotted in ("str.upper", "str.lower", "str.strip"):
        return lift(getattr(str, cast.dotted[4:]), read, cast="str")
    return apply_cast(read, name_cast(cast))


def _cast_to_list(read: FromEnvironment, csv: Reference) -> Any:
    """decouple's `Csv(cast=str, delimiter=",", strip=whitespace, post_process=list)`."""
    names = ("cast", "delimiter", "strip", "post_process")
    given = dict(zip(names, csv.arguments, strict=False)) | dict(csv.keywords)
    delimiter = given.get("delimiter", ",")
    kind, container = (
        _dotted(given.get(name), usual) for name, usual in (("cast", "str"), ("post_process", "list"))
    )
    is_followed = kind in ("str", "int", "float") and container in _CONTAINERS and "strip" not in given
    if not is_followed or not isinstance(delimiter, str) or not delimiter:
        return FromEnvironment(read.variable, Undetermined("a Csv() of its own kind"), "list")

    def split(text: Any) -> Any:
        if text is None:
            return _CONTAINERS[container]()
        parts = [part.strip() for part in str(text).split(delimiter) if part.strip()]
        return _CONTAINERS[container](_PLAIN[kind](part) for part in parts)

    found = lift(split, read, cast="list")
    return (
        FromEnvironment(found.variable, found.default, "list")
        if isinstance(found, FromEnvironment)
        else found
    )


def _dotted(value: Any, usual: str) -> str:
    return usual if value is None else getattr(value, "dotted", "")

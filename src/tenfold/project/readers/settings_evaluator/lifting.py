"""Applying a plain function to values that may be choices, environment variables or unknown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Tupled,
    Undetermined,
    join_branches,
    make_tuple,
    same_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.project.model import Location
    from tenfold.project.settings_values import (
        Possible,
    )

WIDE = re.compile(r"%[-+ #0]*(\d{5,}|\*|\d*\.\d{4,})|\{[^{}]*\d{5,}[^{}]*\}|\{[^{}]*\{")
"""Format specifications that make very long texts, or whose width is an argument."""
OPERATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What operations on plain values raise (`ast.literal_eval` the SyntaxError). Others, a NameError first of
all, are mistakes of the evaluator and must be seen."""
MAXIMUM_OPTIONS = 16
MAXIMUM_LENGTH = 100_000
_CASTS = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    list: "list",
    Listed: "list",
    Tupled: "list",
    tuple: "list",
    set: "list",
    frozenset: "list",
    dict: "dict",
    Entries: "dict",
}


def lift(function: Callable[..., Any], *values: Any, cast: str = "", deep: bool = False) -> Any:
    """`function(*values)`, distributed over choices, kept inside environment variables.

    `deep` looks for special parts inside lists and dicts too: for functions that read their elements.
    """
    index = next((i for i, value in enumerate(values) if isinstance(value, Choice)), None)
    if index is not None:
        return distribute(
            values[index],
            lambda part: lift(function, *values[:index], part, *values[index + 1 :], cast=cast, deep=deep),
        )
    special = [part for value in values for part in _specials(value, deep)]
    for part in special:
        if isinstance(part, Undetermined):
            return part
    for part in special:
        if not isinstance(part, (FromEnvironment, Choice)):
            return Undetermined(f"made by {describe(part)} at run time")
    variables = [part for part in special if isinstance(part, FromEnvironment)]
    if variables:
        return _within(function, values, variables, cast=cast)
    if special:
        return Undetermined("depends on several conditions")
    return attempt(function, *values)


def attempt(function: Callable[..., Any], *values: Any) -> Any:
    """The function's result as an evaluator's value; Undetermined when it fails or is too large."""
    try:
        result = function(*values)
    except OPERATION_ERRORS as error:
        return Undetermined(f"fails when evaluated: {type(error).__name__}")
    return wrap(result)


def _within(
    function: Callable[..., Any], values: tuple[Any, ...], variables: list[FromEnvironment], *, cast: str
) -> Any:
    names = join_names(*(v.variable for v in variables))
    if any(default_of(v) is MISSING for v in variables):
        return FromEnvironment(names, MISSING, cast or variables[0].cast)
    result = lift(function, *(_plain(value) for value in values), cast=cast, deep=True)
    if isinstance(result, Undetermined):
        if result.why.startswith("fails"):
            return FromEnvironment(names, MISSING, cast or variables[0].cast)
        return result
    if isinstance(result, FromEnvironment):
        return replace(result, variable=join_names(names, result.variable))
    return FromEnvironment(names, result, _CASTS.get(type(result), cast or variables[0].cast))


def default_of(value: Any) -> Any:
    """What a variable gives when nothing sets it, through nested defaults."""
    while isinstance(value, FromEnvironment):
        value = value.default
    return value


def _plain(value: Any) -> Any:
    """`value` with each FromEnvironment in it replaced by its default."""
    if isinstance(value, FromEnvironment):
        return _plain(value.default)
    if isinstance(value, Entries):
        return Entries({k: _plain(v) for k, v in value.items()}, places=value.places, open=value.open)
    if isinstance(value, Listed):
        return Listed(map(_plain, value), places=value.places, open=value.open)
    if isinstance(value, Tupled):
        return make_tuple(map(_plain, value), places=value.places, open=value.open)
    return value


def distribute(choice: Choice, function: Callable[[Any], Any]) -> Any:
    """The function applied to each option, with the conditions kept."""
    options = []
    for option in choice.options:
        value = MISSING if option.value is MISSING else function(option.value)
        options += flatten(value, option)
    return choose(options)


def flatten(value: Any, under: Possible) -> list[Possible]:
    """`value` as options that hold under `under`'s condition."""
    if not isinstance(value, Choice):
        return [replace(under, value=value)]
    combined = (option.under(under.branches) for option in value.options)
    return [option for option in combined if option is not None]


def choose(options: list[Possible]) -> Any:
    """A Choice of the options; the value itself when all are the same; Undetermined when too many."""
    kept: list[Possible] = []
    for option in options:
        if not any(o.branches == option.branches and same_value(o.value, option.value) for o in kept):
            kept.append(option)
    if len(kept) == 1 or (kept and all(same_value(kept[0].value, o.value) for o in kept[1:])):
        return kept[0].value
    if not kept or len(kept) > MAXIMUM_OPTIONS:
        return Undetermined("depends on too many conditions")
    return Choice(tuple(kept))


def compatible(value: Any, branches: Any) -> Any:
    """`value` as it is under `branches`: options that contradict them are dropped."""
    if not isinstance(value, Choice) or not branches:
        return value
    kept = []
    for option in value.options:
        if join_branches(branches, option.branches) is not None:
            known = {b.test for b in branches}
            rest = tuple(b for b in option.branches if b.test not in known)
            kept.append(replace(option, branches=(), condition="").under(rest))
    return choose([option for option in kept if option is not None]) if kept else value


def _specials(value: Any, deep: bool) -> Iterator[Any]:
    if isinstance(value, (Choice, FromEnvironment, Undetermined, Reference)) or is_object(value):
        yield value
    elif isinstance(value, (Entries, Listed, Tupled)):
        if value.open:
            yield Undetermined(value.open)
        if deep:
            parts = value.values() if isinstance(value, Entries) else value
            for part in parts:
                yield from _specials(part, deep)


def is_object(value: Any) -> bool:
    """Whether it is one of the evaluator's own objects (a function, a class, a module, ...)."""
    return type(value).__module__.startswith("tenfold.project.readers.settings_evaluator")


def describe(value: Any) -> str:
    """A short name of a value that is known by name only."""
    if isinstance(value, Reference):
        return f"{value.dotted}()" if value.called else value.dotted
    return str(getattr(value, "name", "") or type(value).__name__)


def all_names(value: FromEnvironment) -> str:
    """Every variable that may decide the value, its default's included."""
    inner = value.default
    return (
        join_names(value.variable, all_names(inner)) if isinstance(inner, FromEnvironment) else value.variable
    )


def join_names(*names: str) -> str:
    """Names of environment variables, each once, joined by ", "."""
    return ", ".join(dict.fromkeys(name for joined in names for name in joined.split(", ") if name))


def wrap(value: Any, *, place: Location | None = None) -> Any:
    """Plain lists, tuples and dicts as those that know their places, at any depth."""
    if isinstance(value, (Entries, Listed, Tupled)):
        return value
    if isinstance(value, (str, bytes)) and len(value) > MAXIMUM_LENGTH:
        return Undetermined("is too long to follow")
    if isinstance(value, dict):
        inner = {key: wrap(part, place=place) for key, part in value.items()}
        return Entries(inner, places=dict.fromkeys(inner, place) if place else {})
    if isinstance(value, list):
        return Listed((wrap(part, place=place) for part in value), places=[place] * len(value))
    if type(value) is tuple:
        return make_tuple((wrap(part, place=place) for part in value), places=[place] * len(value))
    return value


MAXIMUM_PARTS = 10_000
"""Parts of one value that are worth following; `A = (A, A)` doubles them with every statement."""


def is_too_large(value: Any) -> bool:
    """Whether a value has more nested parts than are followed; one that holds itself always has."""
    waiting, seen = [value], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > MAXIMUM_PARTS:
            return True
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
        elif isinstance(part, Choice):
            waiting += [option.value for option in part.options]
        elif isinstance(part, FromEnvironment):
            waiting.append(part.default)
    return False


def bounded(value: Any) -> Any:
    """The value, or Undetermined when it is too large to follow."""
    return Undetermined("is too large to follow") if is_too_large(value) else value


def same_value_key(value: Any) -> tuple[type, str]:
    """What two equal values have in common: for finding a value in a list of unhashable ones."""
    return type(value), repr(value)

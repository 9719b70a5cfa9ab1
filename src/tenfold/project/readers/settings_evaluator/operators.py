"""Operators on evaluated values: arithmetic, comparison, truth, subscripts."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import (
    WIDE,
    default_of,
    distribute,
    is_object,
    is_too_large,
    lift,
    wrap,
)
from tenfold.project.readers.settings_evaluator.objects import FunctionObject, InstanceObject, ModuleObject
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Tupled,
    Undetermined,
    make_tuple,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Location

LARGEST = 10**12
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Pow: "**",
}


def combine(kind: type[ast.operator], left: Any, right: Any) -> Any:
    """`left <operator> right`."""
    if kind is ast.Add and _is_sequence(left) and _is_sequence(right):
        return _spread(left, right, add_sequences)
    if kind is ast.BitOr and isinstance(left, (Entries, Choice)) and isinstance(right, (Entries, Choice)):
        return _spread(left, right, merge_entries)
    function = _BINARY.get(kind)
    if function is None:
        return Undetermined("an operator that is not followed")
    if kind in (ast.Mult, ast.LShift, ast.Pow) and _too_large(left, right, kind):
        return Undetermined("is too large to follow")
    if kind is ast.Mod:
        return lift(_modulo, left, right, deep=True)
    return lift(function, left, right)


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str) and (WIDE.search(left) or len(left) + len(str(right)) > 50_000):
        raise ValueError
    return left % right


def _too_large(left: Any, right: Any, kind: type[ast.operator]) -> bool:
    left, right = default_of(left), default_of(right)
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if kind is ast.Mult:
        if numbers:
            return bool(abs(left) > LARGEST or abs(right) > LARGEST)
        return any(isinstance(v, int) and v > 1000 for v in (left, right))
    return not numbers or bool(abs(right) > 64 or abs(left) > LARGEST)


def _is_sequence(value: Any) -> bool:
    if isinstance(value, Choice):
        return all(_is_sequence(option.value) for option in value.options)
    return isinstance(value, (Listed, Tupled))


def _spread(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    if isinstance(left, Choice):
        return distribute(left, lambda part: _spread(part, right, function))
    if isinstance(right, Choice):
        return distribute(right, lambda part: _spread(left, part, function))
    return function(left, right)


def add_sequences(left: Any, right: Any) -> Any:
    """Two lists or two tuples one after the other, with the places of their elements."""
    if is_too_large(make_tuple((left, right))):
        return Undetermined("is too large to follow")
    if not (isinstance(left, (Listed, Tupled)) and isinstance(right, type(left))):
        return Undetermined("adds a list and a tuple")
    places, why = (*left.places, *right.places), left.open or right.open
    if isinstance(left, Tupled):
        return make_tuple((*left, *right), places=places, open=why)
    return Listed((*left, *right), places=places, open=why)


def merge_entries(left: Any, right: Any) -> Any:
    """Two dicts, the right one's keys on top."""
    if not (isinstance(left, Entries) and isinstance(right, Entries)):
        return Undetermined("merges what is no dict")
    places = {**left.places, **right.places}
    return Entries({**left, **right}, places=places, open=left.open or right.open)


def compare(kind: type[ast.cmpop], left: Any, right: Any) -> Any:
    """`left <comparison> right` as a bool, or what decides it."""
    if kind in (ast.In, ast.NotIn):
        return lift_not(kind is ast.NotIn, contains(right, left))
    if kind in (ast.Is, ast.IsNot):
        return lift_not(kind is ast.IsNot, _is(left, right))
    return lift(_COMPARISONS[kind], left, right, cast="bool", deep=True)


def lift_not(negate: bool, value: Any) -> Any:
    """`not value` when `negate`, else the value."""
    return lift(operator.not_, value, cast="bool") if negate else value


def _is(left: Any, right: Any) -> Any:
    if right is None and (isinstance(left, (Entries, Listed, Tupled)) or is_object(left)):
        return False
    return lift(
        lambda a, b: a is b if isinstance(b, (bool, type(None))) else a == b, left, right, cast="bool"
    )


def contains(container: Any, item: Any) -> Any:
    """`item in container`."""
    if isinstance(container, Choice):
        return distribute(container, lambda part: contains(part, item))
    if isinstance(item, Choice):
        return distribute(item, lambda part: contains(container, part))
    plain_item = isinstance(item, (str, int, float, bool, type(None)))
    if isinstance(container, (Entries, Listed, Tupled)) and plain_item:
        return _holds(container, item)
    return lift(lambda c, i: i in c, container, item, cast="bool", deep=True)


def _holds(container: Any, item: Any) -> Any:
    if isinstance(container, Entries):
        found = container.get(item, MISSING)
        if isinstance(found, Choice):
            return (
                distribute(found, lambda part: True)
                if _always(found)
                else Undetermined("a key set by branch")
            )
        return Undetermined(container.open) if found is MISSING and container.open else found is not MISSING
    if any(type(part) is type(item) and part == item for part in container):
        return True
    return lift(lambda c, i: i in c, container, item, cast="bool", deep=True)


def _always(choice: Choice) -> bool:
    return all(option.value is not MISSING for option in choice.options)


def truth(value: Any) -> bool | None:
    """Whether the value is true; None when that cannot be told."""
    if isinstance(value, (Entries, Listed, Tupled)):
        sure = value.values() if isinstance(value, Entries) else value
        if any(not isinstance(part, Choice) for part in sure):
            return True
        return None if value.open or len(value) else False
    if isinstance(value, (FunctionObject, ModuleObject, InstanceObject)):
        return True
    if isinstance(value, (FromEnvironment, Undetermined, Reference)) or is_object(value):
        return None
    if isinstance(value, Choice):
        sides = {truth(option.value) for option in value.options}
        return sides.pop() if len(sides) == 1 else None
    return bool(value)


def subscript(container: Any, key: Any) -> Any:
    """`container[key]`."""
    if isinstance(container, Choice):
        return distribute(container, lambda part: subscript(part, key))
    if isinstance(key, Choice):
        return distribute(key, lambda part: subscript(container, part))
    if isinstance(container, Entries) and isinstance(key, (str, int, float, bool, type(None), tuple)):
        return item_of(container, key)
    if isinstance(container, (Listed, Tupled)) and isinstance(key, (int, slice)):
        return _element(container, key)
    return lift(operator.getitem, container, key)


def item_of(container: Entries, key: Any, default: Any = MISSING) -> Any:
    """A dict's entry; `default` (else Undetermined) when it is not there."""
    try:
        found = container.get(key, MISSING)
    except TypeError:
        return Undetermined("a key that is no key")
    if found is not MISSING:
        return found
    if container.open:
        return Undetermined(container.open)
    return default if default is not MISSING else Undetermined(f"no key {key!r}")


def _element(container: Any, key: Any) -> Any:
    if container.open or any(isinstance(p, Choice) and not _always(p) for p in container):
        return Undetermined(container.open or "a position in a list that depends on conditions")
    if isinstance(key, slice):
        places = container.places[key]
        if isinstance(container, Tupled):
            return make_tuple(tuple.__getitem__(container, key), places=places)
        return Listed(list.__getitem__(container, key), places=places)
    return lift(lambda k: container[k], key)


def build_list(kind: type[Any], parts: list[tuple[Any, Location, bool]]) -> Any:
    """A list, tuple or set from (value, place, starred) parts."""
    items: list[Any] = []
    places: list[Location | None] = []
    why = ""
    for value, place, starred in parts:
        if not starred:
            items.append(value)
            places.append(place)
            continue
        inner, inner_places, inner_why = elements_of(value)
        items += inner
        places += [p or place for p in inner_places]
        why = why or inner_why
    if kind is set:
        return _set_of(items, why)
    return (
        make_tuple(items, places=places, open=why)
        if kind is tuple
        else Listed(items, places=places, open=why)
    )


def _set_of(items: list[Any], why: str) -> Any:
    if why:
        return Undetermined(why)
    return lift(lambda *values: set(values), *items)


def elements_of(value: Any) -> tuple[list[Any], list[Location | None], str]:
    """The elements of an iterable value, their places, and why there may be more."""
    if isinstance(value, Entries):
        if any(isinstance(p, Choice) and not _always(p) for p in value.values()):
            return [], [], "keys that depend on conditions"
        return list(value), [value.places.get(k) for k in value], value.open
    if isinstance(value, (Listed, Tupled)):
        return list(value), list(value.places), value.open
    if isinstance(value, Choice):
        return _elements_of_choice(value)
    if isinstance(value, (str, range, set, frozenset)) and len(value) <= 10_000:
        found = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)
        return [wrap(part) for part in found], [None] * len(found), ""
    return [], [], _why_unknown(value)


def _why_unknown(value: Any) -> str:
    if isinstance(value, Undetermined):
        return value.why
    if isinstance(value, FromEnvironment):
        return f"elements of {value.variable}"
    return f"elements of {getattr(value, 'dotted', 'a value that is not known')}"


def _elements_of_choice(choice: Choice) -> tuple[list[Any], list[Location | None], str]:
    """Elements of lists on the sides of one test: each is there on its side only."""
    items: list[Any] = []
    places: list[Location | None] = []
    why = ""
    tests = {branch.test for option in choice.options for branch in option.branches}
    for option in choice.options:
        if len(tests) != 1 or len(option.branches) != 1 or isinstance(option.value, Choice):
            return [], [], "elements that depend on conditions"
        branch = option.branches[0]
        absent = replace(option, value=MISSING).against(branch)
        inner, inner_places, inner_why = elements_of(option.value)
        for part, place in zip(inner, inner_places, strict=True):
            if isinstance(part, Choice):
                return [], [], "elements that depend on conditions"
            items.append(Choice((replace(option, value=part, where=place or option.where), absent)))
            places.append(place or option.where)
        why = why or inner_why
    return items, places, why


def plain_key(key: Any) -> Any:
    """A key that the environment decides is taken by its default, where it has one."""
    found = default_of(key)
    return key if found is MISSING else found

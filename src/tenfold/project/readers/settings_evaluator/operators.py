"""Operators on evaluated values: arithmetic, comparison, truth, subscripts."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.elements import is_always_present
from tenfold.project.readers.settings_evaluator.lifting import (
    WIDE,
    default_of,
    distribute,
    is_object,
    is_too_large,
    lift,
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
                if is_always_present(found)
                else Undetermined("a key set by branch")
            )
        return Undetermined(container.open) if found is MISSING and container.open else found is not MISSING
    if any(type(part) is type(item) and part == item for part in container):
        return True
    return lift(lambda c, i: i in c, container, item, cast="bool", deep=True)


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

"""Elements of lists, tuples, sets and dicts: by key, by position, one after the other."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import default_of, distribute, lift, wrap
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Tupled,
    Undetermined,
    make_tuple,
)

if TYPE_CHECKING:
    from tenfold.project.model import Location


def is_always_present(choice: Choice) -> bool:
    """Whether the part is there on every side."""
    return all(option.value is not MISSING for option in choice.options)


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
    if container.open or any(isinstance(p, Choice) and not is_always_present(p) for p in container):
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
        if any(isinstance(p, Choice) and not is_always_present(p) for p in value.values()):
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

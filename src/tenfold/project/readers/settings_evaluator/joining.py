"""Copying names before a branch, and joining what its two sides made of them."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Location
from tenfold.project.readers.settings_evaluator.lifting import choose, flatten
from tenfold.project.readers.settings_evaluator.objects import Binding
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    Listed,
    Possible,
    Tupled,
    describe_branches,
    make_tuple,
)

if TYPE_CHECKING:
    from tenfold.project.settings_values import (
        Branch,
    )

NOWHERE = Location("")


def copy_names(names: dict[str, Binding], seen: dict[int, Any]) -> dict[str, Binding]:
    """The names with what can change copied; what was one object stays one, through `seen`."""
    return {name: Binding(copy_value(b.value, seen), b.where) for name, b in names.items()}


def copy_value(value: Any, seen: dict[int, Any]) -> Any:
    """A copy of what can change in `value`; `seen` maps ids of copied parts to their copies."""
    if not isinstance(value, (Entries, Listed, Tupled, Choice, set)):
        return value
    if id(value) in seen:
        return seen[id(value)]
    copied: Any
    if isinstance(value, set):
        copied = seen[id(value)] = set(value)
    elif isinstance(value, Entries):
        copied = seen[id(value)] = Entries(places=value.places, open=value.open, origin=value.origin)
        copied.update({key: copy_value(part, seen) for key, part in value.items()})
    elif isinstance(value, Listed):
        copied = seen[id(value)] = Listed(open=value.open, origin=value.origin)
        copied.extend(copy_value(part, seen) for part in value)
        copied.places = list(value.places)
    elif isinstance(value, Tupled):
        parts = [copy_value(part, seen) for part in value]
        copied = seen[id(value)] = make_tuple(parts, places=value.places, open=value.open)
    else:
        options = [
            Possible(
                copy_value(o.value, seen), o.where, o.condition, variable=o.variable, branches=o.branches
            )
            for o in value.options
        ]
        copied = seen[id(value)] = Choice(tuple(options))
    return copied


def join_names(
    before: dict[str, Binding],
    sides: tuple[dict[str, Binding], dict[str, Binding]],
    branches: tuple[Branch, Branch],
    *,
    joined: dict[tuple[int, int], Any],
) -> None:
    """Write into `before` what its names are after both sides of a branch.

    `joined` holds what was joined already, by the ids of both sides: one list under two names stays one.
    """
    then, other = sides
    for name in dict.fromkeys((*then, *other)):
        one, two = then.get(name), other.get(name)
        old = before.get(name)
        if one is not None and two is not None and unchanged(one, two):
            if old is None or not unchanged(old, one):
                before[name] = one
            continue
        where = next(b.where for b in (one, two, old) if b is not None)
        for binding in (two, one):
            if binding is not None and (old is None or not unchanged(old, binding)):
                where = binding.where
        first = one or Binding(MISSING, where)
        second = two or Binding(MISSING, where)
        pair = id(first.value), id(second.value)
        if pair not in joined or not isinstance(first.value, (Entries, Listed)):
            joined[pair] = join(first, second, branches)
        before[name] = Binding(joined[pair], where)


def unchanged(first: Binding, second: Binding) -> bool:
    """Whether two bindings are the same value set at the same place."""
    return first.where == second.where and same_parts(first.value, second.value)


def same_parts(first: Any, second: Any) -> bool:
    """Equality in type, value and the places of parts, at any depth."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if isinstance(first, Entries):
        same = list(first) == list(second) and first.open == second.open
        return (
            same and first.places == second.places and all(same_parts(v, second[k]) for k, v in first.items())
        )
    if isinstance(first, (Listed, Tupled)):
        same = len(first) == len(second) and first.open == second.open and first.places == second.places
        return same and all(same_parts(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, Choice):
        return len(first.options) == len(second.options) and all(
            a.where == b.where and a.branches == b.branches and same_parts(a.value, b.value)
            for a, b in zip(first.options, second.options, strict=True)
        )
    return bool(first == second)


def join(first: Binding, second: Binding, branches: tuple[Branch, Branch]) -> Any:
    """One value for both sides: dicts key by key, lists element by element, else a Choice."""
    one, two = first.value, second.value
    if isinstance(one, Entries) and isinstance(two, Entries) and one.origin is two.origin:
        return _join_entries(first, second, branches)
    if isinstance(one, Listed) and isinstance(two, Listed) and _evolved(one, two):
        return _join_lists(one, two, branches)
    if isinstance(one, Tupled) and isinstance(two, Tupled) and _evolved(one, two):
        joined = _join_lists(one, two, branches)
        return make_tuple(joined, places=joined.places, open=joined.open)
    return choose(_options(first, branches[0]) + _options(second, branches[1]))


def _options(binding: Binding, branch: Branch) -> list[Possible]:
    under = Possible(None, binding.where, describe_branches((branch,)), branches=(branch,))
    return flatten(binding.value, under)


def _join_entries(first: Binding, second: Binding, branches: tuple[Branch, Branch]) -> Entries:
    one, two = first.value, second.value
    joined = Entries(open=one.open or two.open, origin=one.origin)
    # Where both sides agree, the place is that of the side that production takes.
    production = branches[0].production
    joined.places = {**two.places, **one.places} if production else {**one.places, **two.places}
    for key in dict.fromkeys((*two, *one)):
        a = Binding(one.get(key, MISSING), one.places.get(key, first.where))
        b = Binding(two.get(key, MISSING), two.places.get(key, second.where))
        joined[key] = a.value if unchanged(a, b) else join(a, b, branches)
    return joined


def _evolved(one: Listed | Tupled, two: Listed | Tupled) -> bool:
    """Whether one is the other with elements added: then elements are conditional, not the whole."""
    if isinstance(one, Listed) and isinstance(two, Listed) and one.origin is two.origin:
        return True
    shorter, longer = sorted((one, two), key=len)
    rest = iter(longer)
    return bool(shorter) and all(any(same_parts(a, b) for b in rest) for a in shorter)


def _join_lists(one: Listed | Tupled, two: Listed | Tupled, branches: tuple[Branch, Branch]) -> Listed:
    joined = Listed(open=one.open or two.open, origin=getattr(one, "origin", None))
    joined.places = []
    matcher = SequenceMatcher(a=[_key(p) for p in two], b=[_key(p) for p in one], autojunk=False)
    for tag, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        if tag == "equal":
            joined.extend(one[b_start:b_end])
            joined.places.extend(one.places[b_start:b_end])
            continue
        backwards = (branches[1], branches[0])
        for side, start, end, order in ((two, a_start, a_end, backwards), (one, b_start, b_end, branches)):
            for part, place in zip(side[start:end], side.places[start:end], strict=True):
                joined.append(_sometimes(part, place, order))
                joined.places.append(place)
    return joined


def _key(part: Any) -> str:
    return f"{type(part).__name__}:{part!r}"


def _sometimes(part: Any, place: Location | None, branches: tuple[Branch, Branch]) -> Choice:
    """An element that is there on the first side only: MISSING on the other."""
    where = place or NOWHERE
    absent = Possible(MISSING, where, str(branches[1]), branches=(branches[1],))
    present = _options(Binding(part, where), branches[0])
    return Choice((*present, absent))

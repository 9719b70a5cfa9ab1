"""Unfolding of a setting's value: what `Settings.possible` and `Settings.entries` are made of.

A value keeps the branches it depends on as `Choice` parts. Here they become separate `Possible`
values, and equal ones become one again.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Unknown
from tenfold.project.settings_values import (
    MISSING,
    Branch,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Tupled,
    Undetermined,
    describe_branches,
    make_tuple,
    same_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.project.model import Fact, Location
    from tenfold.project.settings_values import Possible

COMBINED_TESTS = 4
"""Up to this many tests every combination is unfolded (16). Beyond, one value with every test false, and
one for each part that depends on tests, with just those tests as it needs them."""


def descend(start: Possible, keys: tuple[str | int, ...]) -> Iterator[Possible]:
    """The possible values of the entry `keys` below `start`; Choice parts on the way are unfolded."""
    value = start.value
    if isinstance(value, Choice):
        for option in value.options:
            combined = option.under(start.branches)
            if combined is not None:
                yield from descend(replace(combined, variable=start.variable, exact=start.exact), keys)
    elif not keys:
        yield start
    elif isinstance(value, FromEnvironment):
        yield from descend(replace(start, value=value.default, variable=value.variable), keys)
    elif isinstance(value, (list, tuple)):
        is_open = isinstance(value, (Listed, Tupled)) and bool(value.open)
        varied = is_open or any(isinstance(part, Choice) for part in value)
        for plain in expand(start) if varied else (start,):
            yield from _enter_list(plain, keys)
    else:
        yield from _enter(start, keys)


def _enter(start: Possible, keys: tuple[str | int, ...]) -> Iterator[Possible]:
    value, key = start.value, keys[0]
    if isinstance(value, dict) and key in value:
        places = value.places if isinstance(value, Entries) else {}
        yield from descend(replace(start, value=value[key], where=places.get(key, start.where)), keys[1:])
    elif isinstance(value, Entries) and value.open:
        yield replace(start, value=Undetermined(value.open))
    elif isinstance(value, (Reference, Undetermined)):
        why = value.why if isinstance(value, Undetermined) else f"inside {value.dotted}"
        yield replace(start, value=Undetermined(why))
    else:
        yield replace(start, value=MISSING)


def _enter_list(start: Possible, keys: tuple[str | int, ...]) -> Iterator[Possible]:
    value, key = start.value, keys[0]
    if not isinstance(value, (list, tuple)):
        yield start
    elif isinstance(key, int) and -len(value) <= key < len(value):
        place = value.places[key] if isinstance(value, (Listed, Tupled)) else None
        yield from descend(replace(start, value=value[key], where=place or start.where), keys[1:])
    else:
        yield replace(start, value=MISSING)


def expand(start: Possible) -> Iterator[Possible]:
    """`start` as plain values: no Choice at any depth, a top-level FromEnvironment unfolded."""
    start = unfold_environment(start)
    tests = collect_tests(start.value)
    taken = {branch.test: branch for branch in start.branches}
    free = {test: sides for test, sides in tests.items() if test not in taken}
    for assignment in _assignments(free, start.value):
        assumed = {**{test: branch.taken for test, branch in taken.items()}, **assignment}
        value = resolve(start.value, assumed)
        if value is MISSING and start.value is not MISSING:
            continue
        added = tuple(free[test][side] for test, side in assignment.items() if side in free[test])
        branches = (*start.branches, *added)
        found = replace(start, value=value, branches=branches, condition=describe_branches(branches))
        yield unfold_environment(found)


def unfold_environment(found: Possible) -> Possible:
    """A FromEnvironment value becomes its default, and `variable` its name."""
    while isinstance(found.value, FromEnvironment):
        names = [n for n in (found.variable, found.value.variable) if n]
        joined = ", ".join(dict.fromkeys(", ".join(names).split(", ")))
        found = replace(found, value=found.value.default, variable=joined)
    return found


def collect_tests(value: object) -> dict[str, dict[bool, Branch]]:
    """Every test that a part of `value` depends on, with its two sides as they are named."""
    tests: dict[str, dict[bool, Branch]] = {}
    for choice in _choices(value):
        for option in choice.options:
            for branch in option.branches:
                sides = tests.setdefault(branch.test, {})
                sides[branch.taken] = branch
    for test, sides in tests.items():
        for side in (True, False):
            sides.setdefault(side, Branch(test, side))
    return tests


def _choices(value: object) -> Iterator[Choice]:
    if isinstance(value, Choice):
        yield value
        for option in value.options:
            yield from _choices(option.value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _choices(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _choices(part)
    elif isinstance(value, FromEnvironment):
        yield from _choices(value.default)


def _assignments(tests: Iterable[str], value: object) -> Iterator[dict[str, bool]]:
    names = list(tests)
    if len(names) <= COMBINED_TESTS:
        for sides in product((True, False), repeat=len(names)):
            yield dict(zip(names, sides, strict=True))
        return
    none = dict.fromkeys(names, False)
    seen = [none]
    yield none
    for choice in _choices(value):
        for option in choice.options:
            needed = {**none, **{b.test: b.taken for b in option.branches if b.test in none}}
            if needed not in seen:
                seen.append(needed)
                yield needed


def resolve(value: object, assumed: dict[str, bool]) -> object:
    """`value` with every Choice replaced by its option under `assumed`; MISSING when none holds."""
    if isinstance(value, Choice):
        for option in value.options:
            if all(assumed.get(b.test, b.taken) == b.taken for b in option.branches):
                return resolve(option.value, assumed)
        return MISSING
    if isinstance(value, Entries):
        return _resolve_entries(value, assumed)
    if isinstance(value, (Listed, Tupled)):
        return _resolve_sequence(value, assumed)
    if isinstance(value, FromEnvironment):
        return replace(value, default=resolve(value.default, assumed))
    return value


def _resolve_entries(value: Entries, assumed: dict[str, bool]) -> Entries:
    parts = {key: resolve(part, assumed) for key, part in value.items()}
    present = {k: v for k, v in parts.items() if v is not MISSING or value[k] is MISSING}
    places = dict(value.places)
    for key in present:
        place = _place_of(value[key], assumed)
        if place is not None:
            places[key] = place
    return Entries(present, places=places, open=value.open, origin=value.origin)


def _place_of(value: object, assumed: dict[str, bool]) -> Location | None:
    if isinstance(value, Choice):
        for option in value.options:
            if all(assumed.get(b.test, b.taken) == b.taken for b in option.branches):
                return option.where
    return None


def _resolve_sequence(value: Listed | Tupled, assumed: dict[str, bool]) -> object:
    if value.open:
        return Undetermined(value.open)
    parts = [(resolve(part, assumed), place) for part, place in zip(value, value.places, strict=True)]
    kept = [(part, place) for part, place in parts if part is not MISSING]
    items, places = [part for part, _ in kept], [place for _, place in kept]
    if isinstance(value, Tupled):
        return make_tuple(items, places=places)
    return Listed(items, places=places, origin=value.origin)


def elements(start: Possible) -> Iterator[Possible]:
    """Each element of a list or tuple, each key of a dict, as a Possible of its own."""
    start = unfold_environment(start)
    value = start.value
    if isinstance(value, Choice):
        for option in descend(start, ()):
            yield from elements(option)
        return
    for shown, part, place in _parts(value):
        for inner in descend(replace(start, value=part, where=place or start.where), ()):
            if inner.value is not MISSING:
                named = shown if isinstance(value, dict) else inner.value
                yield unfold_environment(replace(inner, value=named))
    why = value.why if isinstance(value, Undetermined) else getattr(value, "open", "")
    if isinstance(value, Reference):
        why = f"what {value.dotted} holds"
    if why:
        yield replace(start, value=Undetermined(why))


def _parts(value: object) -> list[tuple[object, object, Location | None]]:
    if isinstance(value, Entries):
        return [(key, part, value.places.get(key)) for key, part in value.items()]
    if isinstance(value, (Listed, Tupled)):
        return [(part, part, place) for part, place in zip(value, value.places, strict=True)]
    if isinstance(value, (list, tuple)):
        return [(part, part, None) for part in value]
    return []


def tell(only: Possible, label: str) -> Fact[object]:
    """The one possible value as a fact: Known when nothing decides it at run time."""
    if only.variable:
        return Unknown(f"{label}: {only.source}")
    if only.value is MISSING:
        return Unknown(f"{label} is not set")
    if isinstance(only.value, Undetermined):
        return Unknown(f"{label}: {only.value.why}")
    if only.condition:
        return Unknown(f"{label} is set only when {only.condition}")
    return Known(only.value, only.where, only.exact)


def merge_equal(found: Iterable[Possible]) -> tuple[Possible, ...]:
    """Equal values set at the same place become one, with the shortest condition that covers them."""
    groups: list[list[Possible]] = []
    for each in found:
        for group in groups:
            first = group[0]
            if (
                first.where == each.where
                and first.variable == each.variable
                and same_value(first.value, each.value)
            ):
                group.append(each)
                break
        else:
            groups.append([each])
    return tuple(_merge(group) for group in groups)


def _merge(group: list[Possible]) -> Possible:
    # In order, not a set: what merges first decides how the rest is told, in every run the same.
    conditions = list(dict.fromkeys(frozenset(p.branches) for p in group))
    changed = True
    while changed and len(conditions) > 1:
        changed = False
        for first, second in product(conditions, conditions):
            merged = _merge_pair(first, second)
            if merged is not None:
                kept = [each for each in conditions if each not in (first, second, merged)]
                conditions = [*kept, merged]
                changed = True
                break
    if frozenset() in conditions:
        return replace(group[0], branches=(), condition="")
    order = {branch: index for p in group for index, branch in enumerate(p.branches)}
    ordered = [tuple(sorted(c, key=lambda b: (order.get(b, 0), str(b)))) for c in conditions]
    ordered.sort(key=lambda c: (len(c), describe_branches(c)))
    text = " or ".join(describe_branches(c) for c in ordered)
    return replace(group[0], branches=ordered[0], condition=text)


def _merge_pair(first: frozenset[Branch], second: frozenset[Branch]) -> frozenset[Branch] | None:
    if first == second:
        return None
    if first < second:
        return first
    only_first, only_second = first - second, second - first
    if len(only_first) == len(only_second) == 1:
        one, other = next(iter(only_first)), next(iter(only_second))
        if one.test == other.test and one.taken != other.taken:
            return first & second
    return None

"""List, set, dict comprehensions and generator expressions over what is known."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tenfold.project.readers.settings_evaluator import elements, operators
from tenfold.project.readers.settings_evaluator.lifting import choose, distribute, flatten, lift
from tenfold.project.readers.settings_evaluator.mutations import set_item
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
    from collections.abc import Iterator

    from tenfold.project.model import Location
    from tenfold.project.readers.settings_evaluator.objects import Frame
    from tenfold.project.settings_values import Possible

MAXIMUM_TURNS = 400
Comprehension: TypeAlias = "ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp"


class CannotIterate(Exception):
    """A comprehension runs over what is not known."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def comprehend(node: Comprehension, frame: Frame) -> Any:
    """The list, set or dict that a comprehension makes; generators count as lists."""
    iterable = frame.session.evaluate(node.generators[0].iter, frame)
    return _over(node, iterable, frame)


def _over(node: Comprehension, iterable: Any, frame: Frame) -> Any:
    if isinstance(iterable, Choice):
        return distribute(iterable, lambda part: _over(node, part, frame))
    if isinstance(iterable, FromEnvironment):
        if iterable.default is MISSING or iterable.default is None:
            return FromEnvironment(iterable.variable, MISSING, "list")
        inner = _over(node, iterable.default, frame)
        if isinstance(inner, (Undetermined, Choice)):
            return inner
        return FromEnvironment(iterable.variable, inner, "list")
    try:
        return _build(node, iterable, replace(frame, names={}, outer=frame, kind="function", returns=[]))
    except CannotIterate as stop:
        return Undetermined(stop.why)


def _build(node: Comprehension, iterable: Any, frame: Frame) -> Any:
    evaluate, where = frame.session.evaluate, frame.where(node)
    turns = _turns(node.generators, iterable, frame)
    if isinstance(node, ast.DictComp):
        made = Entries()
        for _ in turns:
            value = evaluate(node.value, frame)
            set_item(made, elements.plain_key(evaluate(node.key, frame)), value, where=where)
        return made
    items = [evaluate(node.elt, frame) for _ in turns]
    if isinstance(node, ast.SetComp):
        return lift(lambda *parts: set(parts), *items)
    return Listed(items, places=[where] * len(items))


def _turns(generators: list[ast.comprehension], iterable: Any, frame: Frame) -> Iterator[None]:
    first, rest = generators[0], generators[1:]
    items, _, why = elements.elements_of(iterable)
    if why or len(items) > MAXIMUM_TURNS:
        raise CannotIterate(why or "is too long to follow")
    for item in items:
        if isinstance(item, Choice):
            raise CannotIterate("elements that depend on conditions")
        bind_target(first.target, item, frame)
        if _passes(first.ifs, frame):
            if rest:
                yield from _turns(rest, frame.session.evaluate(rest[0].iter, frame), frame)
            else:
                yield


def _passes(tests: list[ast.expr], frame: Frame) -> bool:
    for test in tests:
        verdict = operators.truth(frame.session.evaluate(test, frame))
        if verdict is None:
            raise CannotIterate(f"depends on {ast.unparse(test)}")
        if not verdict:
            return False
    return True


def _by_parts(value: Any) -> Any:
    """A sequence that the environment decides as a sequence of parts that it decides."""
    standard = value.default if isinstance(value, FromEnvironment) else None
    if not isinstance(standard, (list, tuple)):
        return value
    return make_tuple(FromEnvironment(value.variable, part) for part in standard)


def _sides_by_parts(value: Any, length: int) -> tuple[list[Any], list[Location | None], str] | None:
    """The parts of sequences of one length, each a choice of what the sides of a branch have there."""
    if not isinstance(value, Choice):
        return None
    parts: list[list[Possible]] = [[] for _ in range(length)]
    for option in value.options:
        side = option.value
        if not isinstance(side, (Listed, Tupled)) or side.open or len(side) != length:
            return None
        for options, part in zip(parts, side, strict=True):
            options += flatten(part, option)
    return [choose(options) for options in parts], [None] * length, ""


def bind_target(target: ast.expr, value: Any, frame: Frame) -> None:
    """Bind a loop's or an assignment's target names to a value or its parts."""
    where = frame.where(target)
    if isinstance(target, ast.Name):
        frame.bind(target.id, value, where)
    elif isinstance(target, ast.Starred):
        bind_target(target.value, value, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part, inner in zip(target.elts, split(value, target.elts), strict=True):
            bind_target(part, inner, frame)


def split(value: Any, targets: list[ast.expr]) -> list[Any]:
    """The parts of a sequence for as many targets, one of which may take the rest: `first, *others`."""
    value = _by_parts(value)
    items, places, why = _sides_by_parts(value, len(targets)) or elements.elements_of(value)
    starred = next((i for i, part in enumerate(targets) if isinstance(part, ast.Starred)), None)
    if starred is not None and not why and len(items) >= len(targets) - 1:
        end = len(items) - (len(targets) - starred - 1)
        rest = Listed(items[starred:end], places=places[starred:end])
        items = [*items[:starred], rest, *items[end:]]
    if why or len(items) != len(targets):
        return [Undetermined(why or "a part of a sequence")] * len(targets)
    return items

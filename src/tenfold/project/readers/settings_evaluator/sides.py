"""Running blocks on copies of the names, so that each side of a branch starts from the same ones.

The names stay in the same mappings all along: a function that a side calls finds in its own module what
the side has made of it.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tenfold.project.readers.settings_evaluator.joining import copy_names, join_names
from tenfold.project.readers.settings_evaluator.mutations import DICT_METHODS, LIST_METHODS, SET_METHODS
from tenfold.project.readers.settings_evaluator.objects import FunctionObject, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tenfold.project.readers.settings_evaluator.objects import Binding, Frame
    from tenfold.project.settings_values import Branch

Names: TypeAlias = "dict[str, Binding]"
CHANGING = LIST_METHODS | DICT_METHODS | SET_METHODS


def find_scopes(frame: Frame, body: Iterable[ast.AST]) -> list[Names]:
    """The mappings of names whose values `body` may change, the frame's own first: in a function those
    of its callers and of its module too, unless it plainly keeps to its own."""
    scopes = [frame.names]
    if frame.kind != "function" or not any(_reaches_out(part, frame) for part in body):
        return scopes
    waiting = [frame]
    seen: dict[int, Frame] = {}
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen[id(each)] = each
            scopes += [each.names, each.module.names]
            waiting += [other for other in (each.outer, each.caller) if other is not None]
    return list({id(names): names for names in scopes}.values())


def _reaches_out(body: ast.AST, frame: Frame) -> bool:
    for part in ast.walk(body):
        if isinstance(part, (ast.Global, ast.Nonlocal, ast.AugAssign)):
            return True
        if isinstance(part, (ast.Subscript, ast.Attribute)) and not isinstance(part.ctx, ast.Load):
            return True
        if isinstance(part, ast.Call) and _may_change(part.func, frame):
            return True
    return False


def _may_change(function: ast.expr, frame: Frame) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in CHANGING
    binding = frame.find(function.id) if isinstance(function, ast.Name) else None
    return binding is not None and isinstance(binding.value, FunctionObject)


def run_on_copies(scopes: list[Names], run: Callable[[], None]) -> list[Names]:
    """What `run` makes of the names; the scopes themselves are left as they were."""
    kept = [dict(names) for names in scopes]
    seen: dict[int, Any] = {}
    adopt(scopes, [copy_names(names, seen) for names in scopes])
    try:
        run()
        return [dict(names) for names in scopes]
    finally:
        adopt(scopes, kept)


def adopt(scopes: list[Names], made: list[Names]) -> None:
    """Take over what was made of the names; the mappings themselves stay the same objects."""
    for names, new in zip(scopes, made, strict=True):
        names.clear()
        names.update(new)


def join_scopes(
    scopes: list[Names], sides: tuple[list[Names], list[Names]], branches: tuple[Branch, Branch]
) -> None:
    """Write into the scopes what their names are after both sides of a branch."""
    joined: dict[tuple[int, int], Any] = {}
    for names, first, second in zip(scopes, *sides, strict=True):
        join_names(names, (first, second), branches, joined=joined)


def run_sides(
    frame: Frame, bodies: tuple[list[ast.stmt], list[ast.stmt]], branches: tuple[Branch, Branch]
) -> None:
    """Execute both sides of a branch, and continue with what they made of the names."""
    scopes = find_scopes(frame, (*bodies[0], *bodies[1]))
    first, second = (replace(frame, branches=(*frame.branches, branch), ended="") for branch in branches)
    made = (
        run_on_copies(scopes, lambda: frame.session.run(bodies[0], first)),
        run_on_copies(scopes, lambda: frame.session.run(bodies[1], second)),
    )
    _check_loops(first.ended, second.ended)
    if not first.ended and not second.ended:
        join_scopes(scopes, made, branches)
        return
    live = 1 if first.ended else 0
    if first.ended and second.ended:
        frame.ended = first.ended if first.ended == second.ended else "return"
    elif "return" in (first.ended, second.ended):
        frame.branches = (*frame.branches, branches[live])
    # A function's own names end with it; what it changed elsewhere stays, unless it raised.
    adopt(scopes[:1], made[live][:1])
    others = made[0][1:], made[1][1:]
    if "raise" in (first.ended, second.ended):
        adopt(scopes[1:], others[0 if second.ended == "raise" else 1])
    else:
        join_scopes(scopes[1:], others, branches)


def _check_loops(*ends: str) -> None:
    if "break" in ends or "continue" in ends:
        raise Undecided

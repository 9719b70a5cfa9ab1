"""Loops: unrolled over what is known; what an unknown loop changes becomes Undetermined."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import operators
from tenfold.project.readers.settings_evaluator.assignments import root_name
from tenfold.project.readers.settings_evaluator.comprehensions import bind_target
from tenfold.project.readers.settings_evaluator.joining import copy_names
from tenfold.project.readers.settings_evaluator.objects import Binding, Undecided
from tenfold.project.settings_values import Choice, Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

MAXIMUM_TURNS = 400


def run_for(node: ast.For, frame: Frame) -> None:
    """`for target in iterable:`."""
    iterable = frame.session.evaluate(node.iter, frame)
    items, _, why = operators.elements_of(iterable)
    if why or len(items) > MAXIMUM_TURNS or any(isinstance(item, Choice) for item in items):
        forget(node, frame, why or "a loop that depends on conditions")
        return
    trial = replace(frame, names=copy_names(frame.names), returns=list(frame.returns))
    try:
        _unroll(node, items, trial)
    except Undecided:
        if frame.kind == "function":
            raise
        forget(node, frame, f"a loop over {ast.unparse(node.iter)[:60]}")
        return
    frame.names.clear()
    frame.names.update(trial.names)
    frame.returns[:] = trial.returns
    frame.ended, frame.branches = trial.ended, trial.branches


def _unroll(node: ast.For, items: list[Any], frame: Frame) -> None:
    for item in items:
        bind_target(node.target, item, frame)
        frame.session.run(node.body, frame)
        if frame.ended == "break":
            frame.ended = ""
            return
        if frame.ended == "continue":
            frame.ended = ""
        if frame.ended:
            return
    frame.session.run(node.orelse, frame)


def run_while(node: ast.While, frame: Frame) -> None:
    """`while` loops are not followed, unless they never start."""
    if operators.truth(frame.session.evaluate(node.test, frame)) is not False:
        forget(node, frame, "a while loop")


def forget(node: ast.stmt, frame: Frame, why: str) -> None:
    """Every name that the statement may set or change is no longer known."""
    if frame.kind == "function" and any(isinstance(part, ast.Return) for part in ast.walk(node)):
        raise Undecided
    for name, line in changed_names(node).items():
        if frame.find(name) is not None or frame.kind != "function":
            frame.names[name] = Binding(Undetermined(why), replace(frame.where(node), line=line))


def changed_names(node: ast.AST) -> dict[str, int]:
    """Names that statements inside `node` assign, or whose items or methods they may change."""
    names: dict[str, int] = {}
    for part in ast.walk(node):
        line = getattr(part, "lineno", 0)
        if isinstance(part, ast.Name) and isinstance(part.ctx, (ast.Store, ast.Del)):
            names[part.id] = line
        elif isinstance(part, ast.Subscript) and isinstance(part.ctx, (ast.Store, ast.Del)):
            names[root_name(part)] = line
        elif (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in _CHANGING
        ):
            names[root_name(part.func)] = line
    names.pop("", None)
    return names


_CHANGING = frozenset(
    "append extend insert remove pop clear sort reverse update setdefault popitem add discard".split()
)

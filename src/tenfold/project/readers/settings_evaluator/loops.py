"""Loops: unrolled over what is known; what an unknown loop changes becomes Undetermined."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import elements, operators
from tenfold.project.readers.settings_evaluator.assignments import root_name
from tenfold.project.readers.settings_evaluator.comprehensions import CannotIterate, bind_target
from tenfold.project.readers.settings_evaluator.objects import NAMESPACES, Undecided
from tenfold.project.readers.settings_evaluator.sides import adopt, find_scopes, run_on_copies
from tenfold.project.settings_values import Choice, Entries, Listed, Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

MAXIMUM_TURNS = 400


def run_for(node: ast.For, frame: Frame) -> None:
    """`for target in iterable:`."""
    trial = replace(frame, returns=list(frame.returns))
    scopes = find_scopes(frame, (node,))
    try:
        # What they run over must be found in the copies too: the turns may change it.
        made = run_on_copies(scopes, lambda: _unroll(node, _items_of(node, trial), trial))
    except CannotIterate as stop:
        forget(node, frame, stop.why)
        return
    except Undecided:
        if frame.kind == "function":
            raise
        forget(node, frame, f"a loop over {ast.unparse(node.iter)[:60]}")
        return
    adopt(scopes, made)
    frame.returns[:] = trial.returns
    frame.ended, frame.branches = trial.ended, trial.branches


def _items_of(node: ast.For, frame: Frame) -> list[Any]:
    items, _, why = elements.elements_of(frame.session.evaluate(node.iter, frame))
    if why or len(items) > MAXIMUM_TURNS or any(isinstance(item, Choice) for item in items):
        raise CannotIterate(why or "a loop that depends on conditions")
    return items


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
    if any(_sets_computed_names(part) for part in ast.walk(node)):
        frame.session.note_gap(frame.where(node), "names that are computed")
    replaced = changed_names(node, lost=True)
    for name, line in changed_names(node).items():
        binding = frame.names.get(name)
        if binding is not None and isinstance(binding.value, (Listed, Entries)) and name not in replaced:
            binding.value.open = binding.value.open or why
        elif frame.find(name) is not None or frame.kind != "function":
            frame.bind(name, Undetermined(why), replace(frame.where(node), line=line))


def changed_names(node: ast.AST, *, lost: bool = False) -> dict[str, int]:
    """Names that statements inside `node` assign, or whose items they may change, with the line. Only
    those whose former value does not stay a part of the new one, when `lost`."""
    names: dict[str, int] = {}
    for part in ast.walk(node):
        name = _changed_name(part, lost)
        if name:
            names[name] = getattr(part, "lineno", 0)
    if isinstance(node, ast.For) and names.keys() & set(_names_in(node.target)) and _changes_items(node):
        # `for logger in LOGGING["loggers"].values(): logger["level"] = ...` changes LOGGING.
        names.update(dict.fromkeys(_names_in(node.iter), node.lineno))
    return names


def _changed_name(part: ast.AST, lost: bool) -> str:
    if isinstance(part, ast.Name):
        return part.id if isinstance(part.ctx, (ast.Store, ast.Del)) else ""
    if isinstance(part, ast.Subscript):
        return root_name(part) if isinstance(part.ctx, (ast.Store, ast.Del)) else ""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        changing = part.func.attr in _SHRINKING or (part.func.attr in _GROWING and not lost)
        return root_name(part.func) if changing else ""
    return ""


def _sets_computed_names(part: ast.AST) -> bool:
    """`globals()[name] = ...`, `globals().update(...)`, `setattr(...)`."""
    if isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
        return _is_call_of(part.value, NAMESPACES)
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        return part.func.attr == "update" and _is_call_of(part.func.value, NAMESPACES)
    return _is_call_of(part, ("setattr",))


def _is_call_of(node: ast.AST, names: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _names_in(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def _changes_items(node: ast.For) -> bool:
    targets = set(_names_in(node.target))
    for part in ast.walk(node):
        if isinstance(part, (ast.Subscript, ast.Call)) and not isinstance(
            getattr(part, "ctx", None), ast.Load
        ):
            inner = part.func if isinstance(part, ast.Call) else part
            if root_name(inner) in targets and not isinstance(inner, ast.Name):
                return True
    return False


_GROWING = frozenset(("append", "extend", "insert", "add"))
_SHRINKING = frozenset("remove pop clear sort reverse update setdefault popitem discard".split())

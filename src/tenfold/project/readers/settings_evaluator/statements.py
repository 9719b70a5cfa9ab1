"""Execution of statements on names: what Python would do, as far as it can be told."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import conditions
from tenfold.project.readers.settings_evaluator.assignments import (
    run_annotated,
    run_assign,
    run_augmented,
    run_delete,
)
from tenfold.project.readers.settings_evaluator.attempts import run_try
from tenfold.project.readers.settings_evaluator.definitions import run_class, run_function
from tenfold.project.readers.settings_evaluator.imports import run_import, run_import_from, settle_names
from tenfold.project.readers.settings_evaluator.loops import run_for, run_while
from tenfold.project.readers.settings_evaluator.matching import run_match
from tenfold.project.readers.settings_evaluator.objects import LibraryObject, Returned
from tenfold.project.readers.settings_evaluator.sides import find_scopes, run_sides
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Frame


def run(statements: list[ast.stmt], frame: Frame) -> None:
    """Execute statements in order until the block is left."""
    for index, statement in enumerate(statements):
        if frame.ended:
            return
        frame.session.spend()
        rest = statements[index + 1 :]
        if isinstance(statement, ast.If) and _guards(statement, rest, frame):
            # `if not wanted: return` before a change: what follows happens on the other side only.
            _if(ast.copy_location(ast.If(statement.test, statement.body, rest), statement), frame)
            return
        handler = RUNNERS.get(type(statement))
        if handler is not None:
            handler(statement, frame)


def _guards(node: ast.If, rest: list[ast.stmt], frame: Frame) -> bool:
    """Whether a function returns here before statements that change what others see."""
    leaves = isinstance(node.body[-1], ast.Return) and not node.orelse
    return leaves and frame.kind == "function" and len(find_scopes(frame, rest)) > 1


def _if(node: ast.If, frame: Frame) -> None:
    if _is_type_checking(node.test):
        run(node.orelse, frame)
        return
    verdict = conditions.decide(node.test, frame)
    if isinstance(verdict, bool):
        run(node.body if verdict else node.orelse, frame)
        return
    other = conditions.other_side(verdict, node.test, frame)
    settle_names(frame)
    run_sides(frame, (node.body, node.orelse), (verdict, other))


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _return(node: ast.Return, frame: Frame) -> None:
    value = None if node.value is None else frame.session.evaluate(node.value, frame)
    frame.returns.append(Returned(frame.branches, value))
    frame.ended = "return"


def _raise(_: ast.Raise, frame: Frame) -> None:
    frame.ended = "raise"


def _leave(node: ast.Break | ast.Continue, frame: Frame) -> None:
    frame.ended = "break" if isinstance(node, ast.Break) else "continue"


def _with(node: ast.With, frame: Frame) -> None:
    prefixes: list[LibraryObject] = []
    for item in node.items:
        context = frame.session.evaluate(item.context_expr, frame)
        is_known = isinstance(context, LibraryObject)
        if is_known and context.kind == "environ prefix":
            context.state["env"].state["prefix"] += context.state["added"]
            prefixes.append(context)
        if isinstance(item.optional_vars, ast.Name):
            why = f"made by {ast.unparse(item.context_expr)[:60]}"
            frame.bind(item.optional_vars.id, context if is_known else Undetermined(why), frame.where(node))
    run(node.body, frame)
    for prefix in reversed(prefixes):
        state = prefix.state["env"].state
        state["prefix"] = state["prefix"].removesuffix(prefix.state["added"])


def _global(node: ast.Global, frame: Frame) -> None:
    frame.declared.update(dict.fromkeys(node.names, frame.module.names))


def _nonlocal(node: ast.Nonlocal, frame: Frame) -> None:
    for name in node.names:
        outer = frame.outer
        while outer is not None and name not in outer.names:
            outer = outer.outer
        if outer is not None:
            frame.declared[name] = outer.names


def _expression(node: ast.Expr, frame: Frame) -> None:
    if not isinstance(node.value, ast.Constant):
        frame.session.evaluate(node.value, frame)


RUNNERS: dict[type[ast.stmt], Callable[[Any, Frame], None]] = {
    ast.Assign: run_assign,
    ast.AnnAssign: run_annotated,
    ast.AugAssign: run_augmented,
    ast.Delete: run_delete,
    ast.Expr: _expression,
    ast.If: _if,
    ast.For: run_for,
    ast.While: run_while,
    ast.Try: run_try,
    ast.TryStar: run_try,
    ast.With: _with,
    ast.Import: run_import,
    ast.ImportFrom: run_import_from,
    ast.FunctionDef: run_function,
    ast.AsyncFunctionDef: run_function,
    ast.ClassDef: run_class,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Match: run_match,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
}

"""Execution of statements on names: what Python would do, as far as it can be told."""

from __future__ import annotations

import ast
from dataclasses import replace
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
from tenfold.project.readers.settings_evaluator.joining import copy_names, join_names
from tenfold.project.readers.settings_evaluator.loops import run_for, run_while
from tenfold.project.readers.settings_evaluator.objects import Binding, Returned, Undecided
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Frame
    from tenfold.project.settings_values import Branch


def run(statements: list[ast.stmt], frame: Frame) -> None:
    """Execute statements in order until the block is left."""
    for statement in statements:
        if frame.ended:
            return
        frame.session.spend()
        handler = RUNNERS.get(type(statement))
        if handler is not None:
            handler(statement, frame)


def fork(frame: Frame, branch: Branch) -> Frame:
    """A copy of the frame under a branch, to be joined later."""
    return replace(frame, names=copy_names(frame.names), branches=(*frame.branches, branch), ended="")


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
    then_frame, other_frame = fork(frame, verdict), fork(frame, other)
    run(node.body, then_frame)
    run(node.orelse, other_frame)
    merge(frame, (then_frame, other_frame), (verdict, other))


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def merge(frame: Frame, sides: tuple[Frame, Frame], branches: tuple[Branch, Branch]) -> None:
    """Continue with what both sides made of the names; a side that was left no longer counts."""
    first, second = sides
    if first.ended and second.ended:
        _check_loops(frame, first.ended, second.ended)
        frame.ended = first.ended if first.ended == second.ended else "return"
        return
    for side, live, branch in ((first, second, branches[1]), (second, first, branches[0])):
        if side.ended:
            _check_loops(frame, side.ended)
            _adopt(frame, live.names)
            if side.ended == "return":
                frame.branches = (*frame.branches, branch)
            return
    join_names(frame.names, (first.names, second.names), branches)


def _check_loops(frame: Frame, *ends: str) -> None:
    if any(end in ("break", "continue") for end in ends) and set(ends) != {"continue"}:
        raise Undecided
    if ends == ("continue",):
        raise Undecided


def _adopt(frame: Frame, names: dict[str, Binding]) -> None:
    """Take over the names of the live side; the mapping itself stays the same object."""
    frame.names.clear()
    frame.names.update(names)


def _return(node: ast.Return, frame: Frame) -> None:
    value = None if node.value is None else frame.session.evaluate(node.value, frame)
    frame.returns.append(Returned(frame.branches, value))
    frame.ended = "return"


def _raise(_: ast.Raise, frame: Frame) -> None:
    frame.ended = "raise"


def _leave(node: ast.Break | ast.Continue, frame: Frame) -> None:
    frame.ended = "break" if isinstance(node, ast.Break) else "continue"


def _with(node: ast.With, frame: Frame) -> None:
    for item in node.items:
        frame.session.evaluate(item.context_expr, frame)
        if isinstance(item.optional_vars, ast.Name):
            why = f"made by {ast.unparse(item.context_expr)[:60]}"
            frame.names[item.optional_vars.id] = Binding(Undetermined(why), frame.where(node))
    run(node.body, frame)


def _expression(node: ast.Expr, frame: Frame) -> None:
    if not isinstance(node.value, ast.Constant):
        frame.session.evaluate(node.value, frame)


def _match(node: ast.Match, frame: Frame) -> None:
    """`match` is followed as a chain of tests for literal patterns; other patterns are not told."""
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        test = _test_of(node.subject, case)
        if test is None:
            chain = list(case.body)
        else:
            branch = ast.If(test=test, body=case.body, orelse=chain)
            chain = [ast.copy_location(branch, case.body[0])]
    run(chain, frame)


def _test_of(subject: ast.expr, case: ast.match_case) -> ast.expr | None:
    pattern = case.pattern
    options = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    values = [option.value for option in options if isinstance(option, ast.MatchValue)]
    if len(values) != len(options):
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None:
            return None
        return ast.copy_location(ast.Name(id="a pattern"), subject)
    if len(values) == 1:
        return ast.copy_location(ast.Compare(subject, [ast.Eq()], [values[0]]), subject)
    listed = ast.copy_location(ast.Tuple(elts=values), subject)
    return ast.copy_location(ast.Compare(subject, [ast.In()], [listed]), subject)


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
    ast.Match: _match,
}

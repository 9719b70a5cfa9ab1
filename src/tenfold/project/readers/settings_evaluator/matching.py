"""match statements, followed as a chain of tests."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame


def run_match(node: ast.Match, frame: Frame) -> None:
    """Literal, None, wildcard and capture patterns are followed, with their guards. Of any other pattern
    it is not known whether it fits, nor what it binds."""
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        _forget_captures(case.pattern, frame)
        test = _test_of(node.subject, case)
        if test is None:
            chain = list(case.body)
        else:
            chain = [ast.copy_location(ast.If(test=test, body=case.body, orelse=chain), case.body[0])]
    frame.session.run(chain, frame)


def _forget_captures(pattern: ast.pattern, frame: Frame) -> None:
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return
    for part in ast.walk(pattern):
        name = (
            getattr(part, "rest", None) if isinstance(part, ast.MatchMapping) else getattr(part, "name", None)
        )
        if isinstance(name, str):
            frame.bind(name, Undetermined("what a pattern takes out of a value"), frame.where(part))


def _test_of(subject: ast.expr, case: ast.match_case) -> ast.expr | None:
    """The case as an expression; None when it always fits."""
    tests = [test for test in (_pattern_test(subject, case.pattern), case.guard) if test is not None]
    if len(tests) == 2:
        return ast.copy_location(ast.BoolOp(ast.And(), tests), subject)
    return tests[0] if tests else None


def _pattern_test(subject: ast.expr, pattern: ast.pattern) -> ast.expr | None:
    test: ast.expr
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return None if pattern.name is None else _capture(subject, pattern.name)
    options = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    values = [option.value for option in options if isinstance(option, ast.MatchValue)]
    if isinstance(pattern, ast.MatchSingleton):
        test = ast.Compare(subject, [ast.Is()], [ast.copy_location(ast.Constant(pattern.value), subject)])
    elif len(values) != len(options):
        test = ast.Name(id="a pattern")
    elif len(values) == 1:
        test = ast.Compare(subject, [ast.Eq()], values)
    else:
        listed = ast.copy_location(ast.Tuple(elts=values), subject)
        test = ast.Compare(subject, [ast.In()], [listed])
    return ast.copy_location(test, subject)


def _capture(subject: ast.expr, name: str) -> ast.expr:
    """`case name:` binds the name and always fits: `[name := subject]`, which is a list with an element."""
    target = ast.copy_location(ast.Name(id=name, ctx=ast.Store()), subject)
    walrus = ast.copy_location(ast.NamedExpr(target, subject), subject)
    return ast.copy_location(ast.List(elts=[walrus], ctx=ast.Load()), subject)

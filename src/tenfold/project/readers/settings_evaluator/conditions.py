"""Tests of branches: decided when their value is known, else a Branch; and which side production takes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.operators import truth
from tenfold.project.settings_values import Branch, Choice, FromEnvironment

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

OFF_IN_PRODUCTION = frozenset(
    "DEBUG DEV DEVELOPMENT DEVELOPMENT_MODE DEV_MODE IS_DEV IS_DEVELOPMENT LOCAL IS_LOCAL LOCAL_DEV TEST "
    "TESTS TESTING IS_TEST IS_TESTING TEST_MODE RUNNING_TESTS UNIT_TEST UNIT_TESTING PYTEST IN_TEST "
    "IS_RUNNING_TESTS TESTS_RUNNING DJANGO_DEBUG DEBUG_MODE ENABLE_DEBUG DEBUG_TOOLBAR SHOW_DEBUG_TOOLBAR "
    "USE_DEBUG_TOOLBAR ENABLE_DEBUG_TOOLBAR".split()
)
ON_IN_PRODUCTION = frozenset(
    "PRODUCTION IS_PRODUCTION PROD IS_PROD LIVE IS_LIVE PRODUCTION_MODE IN_PRODUCTION".split()
)
DEVELOPMENT_WORDS = frozenset(
    "dev develop development devel local test testing tests ci runserver pytest runserver_plus shell "
    "shell_plus makemigrations py.test".split()
)
PRODUCTION_WORDS = frozenset(("prod", "production", "live"))


def decide(node: ast.expr, frame: Frame) -> bool | Branch:
    """A test's outcome; when it is not known, the Branch for its true side."""
    value = frame.session.evaluate(node, frame)
    known = truth(value)
    if known is not None:
        return known
    same = _branch_of(value)
    if same is not None:
        return same
    negated, inner = _strip(node)
    shown = inner.value if isinstance(inner, ast.NamedExpr) else inner
    text = ast.unparse(shown)
    if frame.call:
        text = f"{text}, in {frame.call}"
    for branch in frame.branches:
        if branch.test == text:
            return branch.taken != negated
    frame.session.tests[text] = value
    avoided = avoided_sides(inner, frame)
    return Branch(text, not negated, production=(not negated) not in avoided)


def _branch_of(value: Any) -> Branch | None:
    """The branch that a value already hangs on: True on one side of one test, False on the other."""
    if not isinstance(value, Choice) or len(value.options) != 2:
        return None
    true = [o for o in value.options if truth(o.value) is True]
    false = [o for o in value.options if truth(o.value) is False]
    if len(true) == len(false) == 1 and len(true[0].branches) == len(false[0].branches) == 1:
        return true[0].branches[0]
    return None


def other_side(branch: Branch, node: ast.expr | None, frame: Frame) -> Branch:
    """The branch's opposite."""
    if node is None:
        return Branch(branch.test, not branch.taken)
    negated, inner = _strip(node)
    avoided = avoided_sides(inner, frame) if branch.taken != negated else frozenset()
    return Branch(branch.test, not branch.taken, (not branch.taken) not in avoided)


def _strip(node: ast.expr) -> tuple[bool, ast.expr]:
    negated = False
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, negated = node.operand, not negated
    return negated, node


def avoided_sides(node: ast.expr, frame: Frame) -> frozenset[bool]:
    """The outcomes of a test that production is not meant to have."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return frozenset(not side for side in avoided_sides(node.operand, frame))
    if isinstance(node, ast.BoolOp):
        return _avoided_of_parts(node, frame)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _avoided_of_comparison(node.left, node.ops[0], node.comparators[0], frame=frame)
    if isinstance(node, ast.NamedExpr):
        return avoided_sides(node.value, frame)
    return _avoided_of_name(node, frame)


def _avoided_of_parts(node: ast.BoolOp, frame: Frame) -> frozenset[bool]:
    parts = [avoided_sides(part, frame) for part in node.values]
    # `a and b` is true only when both are; false as soon as one is. `or` is the reverse.
    whole = isinstance(node.op, ast.And)
    sides = set()
    if any(whole in part for part in parts):
        sides.add(whole)
    opposite = not whole
    if all(opposite in part for part in parts):
        sides.add(opposite)
    return frozenset(sides)


def _avoided_of_comparison(
    left: ast.expr, operator: ast.cmpop, right: ast.expr, *, frame: Frame
) -> frozenset[bool]:
    positive = isinstance(operator, (ast.Eq, ast.In, ast.Is))
    if isinstance(right, ast.Constant) and isinstance(right.value, bool):
        sides = avoided_sides(left, frame)
        same = positive is right.value
        return sides if same else frozenset(not side for side in sides)
    words = _words(left) | _words(right)
    if words and words <= DEVELOPMENT_WORDS:
        return frozenset((positive,))
    if words and words <= PRODUCTION_WORDS:
        return frozenset((not positive,))
    return frozenset()


def _words(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value.lower()}
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return {word for part in node.elts for word in _words(part)}
    return set()


def _avoided_of_name(node: ast.expr, frame: Frame) -> frozenset[bool]:
    name = ""
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute):
        name = node.attr
    else:
        value = frame.session.evaluate(node, frame)
        name = value.variable if isinstance(value, FromEnvironment) else ""
    name = name.upper().lstrip("_")
    if name in OFF_IN_PRODUCTION or "DEBUG" in name.split("_"):
        return frozenset((True,))
    return frozenset((False,)) if name in ON_IN_PRODUCTION else frozenset()

"""Code that only runs where Django's DEBUG is on, or where the environment is named development."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Span(NamedTuple):
    """Source from `start` to `end`, each a 1-based line and a 0-based column."""

    start: tuple[int, int]
    end: tuple[int, int]

    def __contains__(self, place: object) -> bool:
        return isinstance(place, tuple) and self.start <= place < self.end


def find_debug_code(text: str) -> tuple[Span, ...]:
    """The bodies of `if settings.DEBUG:`, of `if settings.ENVIRONMENT == "development":` and of
    `x if settings.DEBUG else y`; () for what does not parse."""
    if "DEBUG" not in text and "env" not in text.lower():
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(_spans(tree))


def _spans(tree: ast.AST) -> Iterator[Span]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _asks_debug(node.test):
            yield Span(_start(node.body[0]), _end(node.body[-1]))
        elif isinstance(node, ast.IfExp) and _asks_debug(node.test):
            yield Span(_start(node.body), _end(node.body))


def _asks_debug(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_asks_debug(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        environment, wanted = _last_name(test.left), _last_name(test.comparators[0])
        return "env" in environment.lower() and wanted.lower() in _DEVELOPMENT
    return _last_name(test) == "DEBUG"


_DEVELOPMENT = frozenset({"dev", "develop", "development", "local"})


def _last_name(node: ast.expr) -> str:
    """`settings.ENVIRONMENT` -> "ENVIRONMENT", `Stage.DEV` -> "DEV", a text as it is."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return node.id if isinstance(node, ast.Name) else ""


def _start(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset

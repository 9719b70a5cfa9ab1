"""Code that only runs where Django's DEBUG is on."""

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
    """The bodies of `if settings.DEBUG:` and of `x if settings.DEBUG else y`; () for what does not parse."""
    if "DEBUG" not in text:
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
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "DEBUG"


def _start(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset

"""Places in Python source found with ast, as character offsets: statements, values, containers."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from tenfold.edits.draft import Splice, line_end, line_start, line_starts
from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tenfold.edits.model import Key

Node: TypeAlias = "ast.expr | ast.stmt | ast.keyword"
Assignment: TypeAlias = "ast.Assign | ast.AnnAssign | ast.AugAssign"
GAP = re.compile(r"(?:\s|\\\r?\n|#[^\r\n]*)*")
"""White space, continued lines and comments: what may stand between two tokens."""


@dataclass(frozen=True)
class Python:
    """Python source with its tree. Raises EditError when it does not parse."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise EditError(f"{self.path} cannot be changed: it does not parse", why=str(error)) from error

    @cached_property
    def starts(self) -> list[int]:
        return line_starts(self.text)

    def offset(self, line: int, column: int) -> int:
        """Character offset of ast's 1-based line and UTF-8 byte column."""
        start = self.starts[line - 1]
        after = self.text[start : start + column]
        if after.isascii():
            return start + column
        return start + len(self.text[start : start + column].encode()[:column].decode())

    def span(self, node: Node) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def source(self, node: Node) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def indentation(self, offset: int) -> str:
        """White space that begins the line of `offset`."""
        begin = line_start(self.text, offset)
        return self.text[begin : begin + len(self.text[begin:]) - len(self.text[begin:].lstrip(" \t"))]

    def begins_line(self, offset: int) -> bool:
        """Whether nothing but white space stands before `offset` on its line."""
        return not self.text[line_start(self.text, offset) : offset].strip()

    def ends_line(self, offset: int) -> bool:
        """Whether nothing but white space and a comment stands after `offset` on its line."""
        rest = self.text[offset : line_end(self.text, offset)].strip()
        return not rest or rest.startswith("#")


def target_keys(node: ast.expr) -> tuple[Key, ...] | None:
    """`DATABASES["default"]` as ("DATABASES", "default"); None for other targets."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base = target_keys(node.value)
        if base is not None and isinstance(node.slice.value, str | int):
            return (*base, node.slice.value)
    return None


def assigned_keys(statement: ast.stmt) -> tuple[Key, ...] | None:
    """What the statement assigns, when it is one target of names and constant keys with a value."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return target_keys(statement.targets[0])
    if isinstance(statement, ast.AugAssign):
        return target_keys(statement.target)
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return target_keys(statement.target)
    return None


def assignments(python: Python, name: str, *, line: int = 0) -> list[Assignment]:
    """Statements that assign `name` or an entry of it, in order: the one that spans `line`, wherever it
    stands; without a line those of the module itself.
    """
    body: Iterator[ast.AST] | Sequence[ast.AST] = ast.walk(python.tree) if line else python.tree.body
    found: list[Assignment] = []
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            keys = assigned_keys(node)
            spans = not line or node.lineno <= line <= (node.end_lineno or node.lineno)
            if keys and keys[0] == name and spans:
                found.append(node)
    return found


def last_assignment(python: Python, name: str, *, line: int = 0) -> Assignment | None:
    """The last statement that sets all of `name`; None when nothing does. One that a later `+=` changes,
    or that stands only in a branch or class, raises EditError (the practice must give its line).
    """
    found = [one for one in assignments(python, name, line=line) if assigned_keys(one) == (name,)]
    if not found and not line:
        _refuse_elsewhere(python, name)
    if not found:
        return None
    last = found[-1]
    if isinstance(last, ast.AugAssign) and not line:
        raise EditError(f"{python.path}: {name} is extended at line {last.lineno}", why="which to change?")
    if not line:
        refuse_branches(python, (name,), after=last)
    return last


def refuse_branches(python: Python, keys: tuple[Key, ...], *, after: ast.stmt) -> None:
    """EditError when a later branch sets `keys` anew: without a line it is not known which one counts."""
    for block in python.tree.body:
        is_later = block.lineno > after.lineno
        if not is_later or not isinstance(block, ast.If | ast.Try | ast.With | ast.For | ast.While):
            continue
        inside = (node for node in ast.walk(block) if isinstance(node, ast.Assign | ast.AnnAssign))
        for node in inside:
            target = assigned_keys(node)
            if target and keys[: len(target)] == target:
                raise EditError(
                    f"{python.path}: {keys[0]} is set at line {after.lineno} and, in a branch, at line"
                    f" {node.lineno}",
                    next_step="Mend the one that production takes by hand.",
                )


def _refuse_elsewhere(python: Python, name: str) -> None:
    for node in ast.walk(python.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and assigned_keys(node) == (name,):
            raise EditError(
                f"{python.path}: {name} is set at line {node.lineno}, in a branch, a class or a function",
                next_step="Mend it there by hand.",
            )


def value_of(statement: Assignment) -> ast.expr:
    assert statement.value is not None
    return statement.value


def step_into(value: ast.expr, key: Key) -> ast.expr | None:
    """The value at `key` of a dict literal, `dict(...)` call, list or tuple; None when not there."""
    if isinstance(value, ast.Dict) and isinstance(key, str):
        entries = zip(value.keys, value.values, strict=True)
        hits = [v for k, v in entries if isinstance(k, ast.Constant) and k.value == key]
        return hits[-1] if hits else None
    if is_dict_call(value) and isinstance(key, str):
        return next((k.value for k in value.keywords if k.arg == key), None)
    if isinstance(value, ast.List | ast.Tuple) and isinstance(key, int) and -1 < key < len(value.elts):
        return value.elts[key]
    return None


def is_dict_call(value: ast.expr) -> TypeGuard[ast.Call]:
    """`dict(a=1)`, `dict(base, a=1)`: a call of dict, whatever its arguments."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict"


def quote_of(python: Python, nodes: Sequence[ast.expr | None]) -> str:
    """The quote that the strings among `nodes` use; the file's more frequent one when none is there."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            mark = python.source(node).lstrip("rRuUbBfF")[:1]
            if mark in "\"'" and mark:
                return mark
    return "'" if python.text.count("'") > python.text.count('"') else '"'


def quoted(value: Key, quote: str) -> str:
    """`value` as a Python literal with this quote mark."""
    if not isinstance(value, str):
        return repr(value)
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"


def indented(source: str, indentation: str) -> str:
    """Source of several lines with all lines but the first moved by `indentation`."""
    first, *rest = source.split("\n")
    return "\n".join([first, *(indentation + line if line.strip() else line for line in rest)])


def below(python: Python, statement: ast.stmt, source: str) -> Splice:
    """`source` as statements of their own below `statement`, with its indentation."""
    start, end = python.span(statement)
    if not python.ends_line(end):
        raise EditError(f"{python.path}:{statement.end_lineno}: several statements on one line")
    indentation = python.indentation(start)
    body = "\n".join(indentation + line if line.strip() else line for line in source.split("\n"))
    at = line_end(python.text, end)
    return Splice(at, at, "\n" + body)

"""Resolves changes to the keyword arguments of a call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tenfold.edits.containers import container, insert_part, remove_part
from tenfold.edits.python_values import replace_value
from tenfold.errors import EditError

if TYPE_CHECKING:
    from tenfold.edits.draft import Splice
    from tenfold.edits.model import RemoveKeyword, SetKeyword
    from tenfold.edits.python import Python


def find_call(python: Python, line: int, *, name: str) -> ast.Call:
    """The outermost call that begins on `line`; the one whose dotted name ends in `name`, if given."""
    found = []
    for node in ast.walk(python.tree):
        if isinstance(node, ast.Call) and line in (node.lineno, node.func.end_lineno):
            function = ast.unparse(node.func)
            if not name or function == name or function.endswith("." + name):
                found.append(node)
    if not found:
        wanted = f"call of {name}" if name else "call"
        raise EditError(f"{python.path}:{line}: no {wanted} begins there")
    return min(found, key=lambda node: (node.lineno != line, node.col_offset))


def set_keyword(python: Python, change: SetKeyword) -> list[Splice]:
    """The keyword's value replaced, or the keyword added last (before `**options`)."""
    call = find_call(python, change.line, name=change.call)
    for keyword in call.keywords:
        if keyword.arg == change.keyword:
            return replace_value(python, keyword.value, change.value)
    box = container(python, call)
    index = len(box.parts)
    if call.keywords and call.keywords[-1].arg is None:
        index -= 1
    return insert_part(box, index, f"{change.keyword}={change.value}")


def remove_keyword(python: Python, change: RemoveKeyword) -> list[Splice]:
    """Without the keyword; nothing when the call does not have it."""
    call = find_call(python, change.line, name=change.call)
    box = container(python, call)
    for keyword in call.keywords:
        if keyword.arg == change.keyword:
            start = python.span(keyword)[0]
            return remove_part(box, next(i for i, (_, end) in enumerate(box.parts) if start < end))
    return []

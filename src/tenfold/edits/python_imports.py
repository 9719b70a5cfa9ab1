"""Resolves AddImport: one import statement, sorted into the imports at the top."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, TypeAlias

from tenfold.edits.draft import Splice, line_end, line_start
from tenfold.errors import EditError

if TYPE_CHECKING:
    from tenfold.edits.model import AddImport
    from tenfold.edits.python import Python

Import: TypeAlias = "ast.Import | ast.ImportFrom"


def add_import(python: Python, change: AddImport) -> list[Splice]:
    """The statement below its alphabetical predecessor; nothing when its names are imported already."""
    wanted = ast.parse(change.statement).body[0]
    if not isinstance(wanted, ast.Import | ast.ImportFrom):
        raise EditError(f"{change.statement!r} is no import statement")
    if _names(wanted) <= {name for node in python.tree.body for name in _names(node)}:
        return []
    block = _top_imports(python.tree)
    if not block:
        return [_before_code(python, change.statement)]
    future = [node for node in block if _module(node) == "__future__"]
    others = [node for node in block if node not in future]
    if not others:
        return [_after(python, future[-1], "\n" + change.statement)]
    return [_among(python, others, wanted, statement=change.statement)]


def _names(node: ast.stmt) -> set[tuple[str, str, str]]:
    """(module, name, bound as) of everything that the statement imports."""
    if isinstance(node, ast.Import):
        return {(alias.name, "", alias.asname or "") for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(_module(node), alias.name, alias.asname or "") for alias in node.names}
    return set()


def _module(node: Import) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    return "." * node.level + (node.module or "")


def _top_imports(tree: ast.Module) -> list[Import]:
    """The imports at the top: the first run of them after the docstring."""
    found: list[Import] = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif found or not _is_docstring(node):
            break
    return found


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _before_code(python: Python, statement: str) -> Splice:
    body = python.tree.body
    if body and _is_docstring(body[0]):
        return _after(python, body[0], "\n" + statement)
    if body:
        at = line_start(python.text, python.span(body[0])[0])
        return Splice(at, at, statement + "\n\n")
    lead = "" if not python.text or python.text.endswith(("\n", "\r")) else "\n"
    return Splice(len(python.text), len(python.text), f"{lead}{statement}\n")


def _among(python: Python, block: list[Import], wanted: Import, *, statement: str) -> Splice:
    """isort's default order: standard library first; `import x` before `from x`; by module name."""
    group = [node for node in block if _is_standard(node) == _is_standard(wanted)]
    if not group and _is_standard(wanted):
        at = line_start(python.text, python.span(block[0])[0])
        return Splice(at, at, statement + "\n\n")
    if not group:
        return _after(python, block[-1], "\n" + statement)
    earlier = [node for node in group if _order(node) < _order(wanted)]
    if earlier:
        return _after(python, max(earlier, key=lambda node: node.lineno), statement)
    at = line_start(python.text, python.span(group[0])[0])
    return Splice(at, at, statement + "\n")


def _is_standard(node: Import) -> bool:
    return _module(node).partition(".")[0] in sys.stdlib_module_names


def _order(node: Import) -> tuple[bool, str]:
    return isinstance(node, ast.ImportFrom), _module(node)


def _after(python: Python, node: ast.stmt, statement: str) -> Splice:
    end = python.span(node)[1]
    if not python.ends_line(end):
        raise EditError(f"{python.path}:{node.end_lineno}: several statements on one line")
    at = line_end(python.text, end)
    return Splice(at, at, "\n" + statement)

"""try statements: optional imports, required variables with a fallback, and the rest."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.readers.settings_evaluator.imports import missing_modules
from tenfold.project.readers.settings_evaluator.objects import Binding
from tenfold.project.readers.settings_evaluator.sides import (
    adopt,
    find_scopes,
    join_scopes,
    run_on_copies,
    run_sides,
)
from tenfold.project.settings_values import MISSING, Branch, FromEnvironment

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame
    from tenfold.project.readers.settings_evaluator.sides import Names

_IMPORT_ERRORS = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException", ""))


def run_try(node: ast.Try | ast.TryStar, frame: Frame) -> None:
    """The body, and the handlers where they may be reached."""
    missing = [m for part in _imports(node.body) for m in missing_modules(part, frame)]
    own = [name for name, is_own in missing if is_own]
    handler = _import_handler(node)
    if handler is not None and own:
        frame.session.note_override(frame.where(node), own[0])
        frame.session.run(handler.body, frame)
    elif handler is not None and missing:
        _either(node, handler, frame, test=f"{missing[0][0]} can be imported")
    elif node.handlers and not _imports(node.body):
        _run_with_fallback(node, frame)
    else:
        frame.session.run([*node.body, *node.orelse], frame)
    if not frame.ended:
        frame.session.run(node.finalbody, frame)


def _imports(body: list[ast.stmt]) -> list[ast.Import | ast.ImportFrom]:
    return [part for part in body if isinstance(part, (ast.Import, ast.ImportFrom))]


def _import_handler(node: ast.Try | ast.TryStar) -> ast.ExceptHandler | None:
    for handler in node.handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {"" if kind is None else ast.unparse(kind) for kind in types}
        if names & _IMPORT_ERRORS:
            return handler
    return None


def _either(node: ast.Try | ast.TryStar, handler: ast.ExceptHandler, frame: Frame, *, test: str) -> None:
    """Both ways: the body where the import works, the handler where it does not."""
    branches = Branch(test), Branch(test, False)
    run_sides(frame, ([*node.body, *node.orelse], handler.body), branches)


def _run_with_fallback(node: ast.Try | ast.TryStar, frame: Frame) -> None:
    """`try: A = os.environ["A"]` with `except KeyError: A = ...`: the handler's value is the default."""
    handler = node.handlers[0]
    test = f"{ast.unparse(node.body[0]).partition(chr(10))[0][:80]} works"
    branches = Branch(test), Branch(test, False)
    scopes = find_scopes(frame, (node,))
    body = replace(frame)
    fallback = replace(frame, branches=(*frame.branches, branches[1]))
    made = (
        run_on_copies(scopes, lambda: frame.session.run([*node.body, *node.orelse], body)),
        run_on_copies(scopes, lambda: frame.session.run(handler.body, fallback)),
    )
    if fallback.ended or body.ended:
        live = 0 if fallback.ended and not body.ended else 1 if not fallback.ended else 0
        frame.ended = (body, fallback)[live].ended
        adopt(scopes, made[live])
        return
    _take_defaults(made[0][0], made[1][0])
    join_scopes(scopes, made, branches)


def _take_defaults(body: Names, fallback: Names) -> None:
    """A required variable's fallback becomes its default on both sides."""
    for name, binding in list(body.items()):
        other = fallback.get(name)
        if not isinstance(binding.value, FromEnvironment) or binding.value.default is not MISSING:
            continue
        if other is not None and other != binding:
            merged = Binding(replace(binding.value, default=other.value), binding.where)
            body[name] = fallback[name] = merged

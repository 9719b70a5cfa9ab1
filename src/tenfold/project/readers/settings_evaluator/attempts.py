"""try statements: optional imports, required variables with a fallback, and the rest."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.readers.settings_evaluator.imports import missing_modules
from tenfold.project.readers.settings_evaluator.joining import copy_names, join_names
from tenfold.project.readers.settings_evaluator.objects import Binding
from tenfold.project.settings_values import MISSING, Branch, FromEnvironment

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

_IMPORT_ERRORS = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException", ""))


def run_try(node: ast.Try, frame: Frame) -> None:
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


def _import_handler(node: ast.Try) -> ast.ExceptHandler | None:
    for handler in node.handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {"" if kind is None else ast.unparse(kind) for kind in types}
        if names & _IMPORT_ERRORS:
            return handler
    return None


def _either(node: ast.Try, handler: ast.ExceptHandler, frame: Frame, *, test: str) -> None:
    """Both ways: the body where the import works, the handler where it does not."""
    branches = Branch(test), Branch(test, False)
    first, second = (
        replace(frame, names=copy_names(frame.names), branches=(*frame.branches, branch))
        for branch in branches
    )
    frame.session.run([*node.body, *node.orelse], first)
    frame.session.run(handler.body, second)
    if first.ended != second.ended:
        live = first if second.ended else second
        frame.names.clear()
        frame.names.update(live.names)
        return
    join_names(frame.names, (first.names, second.names), branches)
    frame.ended = first.ended


def _run_with_fallback(node: ast.Try, frame: Frame) -> None:
    """`try: A = os.environ["A"]` with `except KeyError: A = ...`: the handler's value is the default."""
    handler = node.handlers[0]
    body = replace(frame, names=copy_names(frame.names), returns=[])
    frame.session.run([*node.body, *node.orelse], body)
    test = f"{ast.unparse(node.body[0]).partition(chr(10))[0][:80]} works"
    branches = Branch(test), Branch(test, False)
    fallback = replace(
        frame, names=copy_names(frame.names), returns=[], branches=(*frame.branches, branches[1])
    )
    frame.session.run(handler.body, fallback)
    frame.returns += [*body.returns, *fallback.returns]
    if fallback.ended or body.ended:
        live = body if fallback.ended and not body.ended else fallback if not fallback.ended else body
        frame.ended = live.ended
        frame.names.clear()
        frame.names.update(live.names)
        return
    _take_defaults(body, fallback)
    join_names(frame.names, (body.names, fallback.names), branches)


def _take_defaults(body: Frame, fallback: Frame) -> None:
    """A required variable's fallback becomes its default on both sides."""
    for name, binding in list(body.names.items()):
        other = fallback.names.get(name)
        if not isinstance(binding.value, FromEnvironment) or binding.value.default is not MISSING:
            continue
        if other is not None and other != binding:
            merged = Binding(replace(binding.value, default=other.value), binding.where)
            body.names[name] = fallback.names[name] = merged

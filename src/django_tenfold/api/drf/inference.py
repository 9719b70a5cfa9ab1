"""What a SerializerMethodField's method reads, told from its source where that leaves no doubt.

    def get_label(self, book):
        return f"{book.title} ({book.author.name.upper()})"

The object is used for its attributes alone, and each leads to a column; of the serializer nothing but its context is
used. Whatever else is done to either of them (handed on, compared, assigned to) ends the proof.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from django_tenfold.api import proof
from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.drf.follow import step_to_one

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLIND = {
    "locals",
    "globals",
    "vars",
    "eval",
    "exec",
    "dir",
    "super",
    "__class__",
    "getattr",
    "setattr",
    "delattr",
}
"""With these a body may reach what it does not name."""
_ENDING = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
_OF_FILES = ("name", "url")


def infer_reads(serializer: type, name: str, model: Any) -> tuple[str, ...]:
    """Sources as @reads takes them; RefusedError where the body may read anything."""
    method = inspect.getattr_static(serializer, name, None)
    if not isinstance(method, FunctionType):
        raise _refuse(name, "it is no plain function")
    body = _Body(name, method)
    found = dict.fromkeys(_resolve(name, model, chain, last) for chain, last in body.list_chains())
    return tuple(found) or ("pk",)


def _refuse(name: str, why: str) -> RefusedError:
    return RefusedError(f"{name} may read anything ({why}): say what, with @reads(...)")


class _Body:
    """The source of a method, with a way up from each node."""

    def __init__(self, name: str, method: FunctionType) -> None:
        self._name = name
        try:
            source = textwrap.dedent(
                inspect.getsource(method.__code__)
            )  # of the code: a wrapper is not looked through
            (tree,) = ast.parse(source).body
        except (OSError, SyntaxError, ValueError) as reason:
            raise _refuse(name, "its source is not there") from reason
        if not _is_source_of(tree, method.__code__):
            raise _refuse(name, "its file has changed since")
        self._serializer, self._object = _list_arguments(name, tree)
        self._body: list[ast.stmt] = tree.body  # type: ignore[attr-defined]
        self._above = {
            child: node
            for top in self._body
            for node in ast.walk(top)
            for child in ast.iter_child_nodes(node)
        }

    def list_chains(self) -> Iterator[tuple[list[str], ast.AST]]:
        """The attributes that are read from the object, and the last node of each."""
        for node in (node for top in self._body for node in ast.walk(top)):
            if isinstance(node, _ENDING):
                raise _refuse(self._name, "it is more than an expression of its object")
            if isinstance(node, ast.arg) and node.arg in (self._serializer, self._object):
                raise _refuse(self._name, f"it names {node.arg} twice")
            if not isinstance(node, ast.Name):
                continue
            if node.id in _BLIND:
                raise _refuse(self._name, f"it uses {node.id}")
            if node.id == self._serializer:
                self._check_context(node)
            elif node.id == self._object:
                yield self._climb(node)

    def _climb(self, node: ast.AST) -> tuple[list[str], ast.AST]:
        asked = self._above.get(node)
        if isinstance(asked, ast.Call) and _is_question(asked, node):
            return [asked.args[1].value], asked  # type: ignore[attr-defined]
        chain: list[str] = []
        while isinstance(above := self._above.get(node), ast.Attribute):
            if not isinstance(above.ctx, ast.Load):
                raise _refuse(self._name, f"it changes {above.attr}")
            chain.append(above.attr)
            node = above
        if not chain:
            raise _refuse(self._name, f"it uses {self._object} itself")
        compared = self._above.get(node)
        return chain, compared if isinstance(compared, ast.Compare) and _is_none(compared, node) else node

    def _check_context(self, node: ast.AST) -> None:
        context = self._above.get(node)
        above = None if context is None else self._above.get(context)
        named = isinstance(context, ast.Attribute) and context.attr == "context"
        got = isinstance(above, ast.Attribute) and above.attr == "get"
        taken = (
            isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load) and above.value is context
        )
        if not named or not (got or taken):
            raise _refuse(self._name, f"it uses {self._serializer} for more than context.get() or context[]")


def _is_source_of(tree: ast.stmt, code: CodeType) -> bool:
    """Whether the function has the names of what runs: a file may be a newer one, on which lines stand elsewhere."""
    made = compile(ast.Module([tree], []), "<tenfold api>", "exec")
    found = [one for one in made.co_consts if isinstance(one, CodeType) and one.co_name == code.co_name]
    return [_list_names(one) for one in found] == [_list_names(code)]


def _list_names(code: CodeType) -> tuple[object, ...]:
    return code.co_varnames, {*code.co_names, *code.co_freevars}


def _list_arguments(name: str, tree: ast.stmt) -> tuple[str, str]:
    if isinstance(tree, ast.FunctionDef):
        told = tree.args
        others = (told.posonlyargs, told.vararg, told.kwonlyargs, told.kwarg, told.defaults)
        if len(told.args) == 2 and not any(others):
            return told.args[0].arg, told.args[1].arg
    raise _refuse(name, "it takes more than the object")


def _is_question(call: ast.Call, node: ast.AST) -> bool:
    """`hasattr(object, "name")`"""
    named = isinstance(call.func, ast.Name) and call.func.id == "hasattr" and not call.keywords
    return named and len(call.args) == 2 and call.args[0] is node and _is_text(call.args[1])


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_none(compared: ast.Compare, node: ast.AST) -> bool:
    """`object.name is None`, or `is not`"""
    (operator, *_), (other, *_) = compared.ops, compared.comparators
    single = len(compared.ops) == 1 and compared.left is node and isinstance(operator, ast.Is | ast.IsNot)
    return single and isinstance(other, ast.Constant) and other.value is None


def _resolve(name: str, model: Any, chain: list[str], last: ast.AST) -> str:
    """The source that the chain reads; what stands behind a column is asked of its value."""
    for number, step in enumerate(chain):
        source, rest = ".".join(chain[: number + 1]), chain[number + 1 :]
        if step == "pk" or proof.has_attribute(model, step, proof.COLUMNS):
            return source
        if proof.has_attribute(model, step, proof.FILES):
            if rest[:1] and rest[0] in _OF_FILES:
                return source
            raise _refuse(name, f"it uses the file {source} itself")
        if not proof.has_attribute(model, step, proof.TO_ONE):
            raise _refuse(name, f"{model.__name__}.{step} is no column")
        model = step_to_one(model, step).model
    if isinstance(last, ast.Call | ast.Compare):
        return f"{'.'.join(chain)}.pk"
    raise _refuse(name, f"it uses the object {'.'.join(chain)} itself")

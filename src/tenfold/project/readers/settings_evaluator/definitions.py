"""Definitions of functions and classes."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.readers.settings_evaluator.objects import ClassObject, FunctionObject
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

_KINDS = {
    "property": "property",
    "cached_property": "property",
    "classproperty": "property",
    "computed_field": "property",
    "staticmethod": "static",
    "classmethod": "class",
}
_HARMLESS = frozenset(("lru_cache", "cache", "overload", "override", "pristinemethod", "wraps"))


def run_function(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    """`def`: properties, static and class methods are told apart; unknown decorators hide the function."""
    kind = ""
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = ast.unparse(inner).rpartition(".")[2]
        if name in _KINDS:
            kind = _KINDS[name]
        elif name not in _HARMLESS:
            why = f"{node.name}, decorated with {name}"
            frame.bind(node.name, Undetermined(why), frame.where(node))
            return
    function = FunctionObject(node.name, node, frame, frame.owner, kind)
    frame.bind(node.name, function, frame.where(node))


def run_class(node: ast.ClassDef, frame: Frame) -> None:
    """`class`: its body is evaluated with its own names."""
    bases = tuple(frame.session.evaluate(base, frame) for base in node.bases)
    made = ClassObject(node.name, frame.module, bases, {})
    inner = replace(
        frame, names=made.names, outer=frame, kind="class", owner=made, returns=[], depth=frame.depth + 1
    )
    frame.bind(node.name, made, frame.where(node))
    frame.session.run(node.body, inner)
    # A branch in the body may have replaced the mapping's content, not the mapping.
    made.names = inner.names

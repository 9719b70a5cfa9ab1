"""Calls: of the project's functions and classes, of built-ins, of methods, of known libraries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import elements, libraries
from tenfold.project.readers.settings_evaluator.assignments import container_of, note, root_name
from tenfold.project.readers.settings_evaluator.classes import export_class, is_loader
from tenfold.project.readers.settings_evaluator.functions import call_function
from tenfold.project.readers.settings_evaluator.instances import instantiate
from tenfold.project.readers.settings_evaluator.lifting import describe, distribute, is_too_large
from tenfold.project.readers.settings_evaluator.methods import call_method
from tenfold.project.readers.settings_evaluator.mutations import (
    DICT_METHODS,
    LIST_METHODS,
    SET_METHODS,
    mutate,
)
from tenfold.project.readers.settings_evaluator.objects import (
    BoundMethod,
    Call,
    ClassObject,
    FunctionObject,
    InstanceObject,
    LibraryObject,
)
from tenfold.project.settings_values import Choice, Entries, Reference, Undetermined, make_tuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Frame

_CHANGING = LIST_METHODS | DICT_METHODS | SET_METHODS


def evaluate_call(node: ast.Call, frame: Frame) -> Any:
    """The value that a call returns."""
    session = frame.session
    if isinstance(node.func, ast.Attribute):
        changed = _change(node, node.func, frame)
        if changed is not NotImplemented:
            return changed
        if is_loader(node.func.attr) and _load_class(node.func, frame):
            return None
    function = session.evaluate(node.func, frame)
    arguments, keywords, is_open = _arguments(node, frame)
    at_top = frame.kind != "function"
    if at_top:
        session.call_sites.append(frame.where(node))
    try:
        call = Call(frame, node, describe(function), arguments, keywords, is_open)
        return apply(function, call)
    finally:
        if at_top:
            session.call_sites.pop()


def _load_class(target: ast.Attribute, frame: Frame) -> bool:
    """`ProductionSettings.load_settings(__name__)`: the class fills the module."""
    of = frame.session.evaluate(target.value, frame)
    if frame.kind != "module" or not isinstance(of, ClassObject):
        return False
    if not any(name.isupper() for each in of.lineage() for name in each.names):
        return False
    export_class(of, frame)
    return True


def _change(node: ast.Call, target: ast.Attribute, frame: Frame) -> Any:
    """A method that changes a list or dict in place."""
    if target.attr not in _CHANGING:
        return NotImplemented
    receiver = container_of(target.value, frame)
    if not isinstance(receiver, (list, Entries, set, Choice)):
        return NotImplemented
    arguments, keywords, _ = _arguments(node, frame)
    where = frame.where(node)
    if is_too_large(make_tuple((receiver, *arguments, *keywords.values()))):
        return Undetermined("is too large to follow")
    result = mutate(receiver, target.attr, arguments, keywords=keywords, where=where)
    if result is not NotImplemented:
        statement = ast.copy_location(ast.Expr(node), node)
        note(root_name(target), f".{target.attr}()", statement, frame=frame)
    return result


def _arguments(node: ast.Call, frame: Frame) -> tuple[list[Any], dict[str, Any], bool]:
    arguments: list[Any] = []
    keywords: dict[str, Any] = {}
    is_open = False
    for part in node.args:
        if isinstance(part, ast.Starred):
            items, _, why = elements.elements_of(frame.session.evaluate(part.value, frame))
            arguments += items
            is_open = is_open or bool(why)
        else:
            arguments.append(frame.session.evaluate(part, frame))
    for keyword in node.keywords:
        value = frame.session.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, Entries):
            keywords.update({key: part for key, part in value.items() if isinstance(key, str)})
            is_open = is_open or bool(value.open)
        else:
            is_open = True
    return arguments, keywords, is_open


def apply(function: Any, call: Call) -> Any:
    """Call an evaluated function with evaluated arguments."""
    if isinstance(function, Choice):
        return distribute(function, lambda part: apply(part, call))
    if isinstance(function, Reference) and not function.called:
        return libraries.call_known(function.dotted, call)
    handler = _APPLY.get(type(function))
    if handler is not None:
        return handler(function, call)
    return function if isinstance(function, Undetermined) else call.untold()


def _apply_function(function: FunctionObject, call: Call) -> Any:
    if call.open:
        return call.untold()
    text = ast.unparse(call.node)[:80]
    return call_function(function, call.arguments, call.keywords, frame=call.frame, text=text)


def _apply_method(method: BoundMethod, call: Call) -> Any:
    receiver = method.receiver
    if isinstance(receiver, FunctionObject):
        return _apply_function(receiver, call)
    if method.name == "()":
        function, owner = receiver
        owner = owner.of if function.kind == "class" and isinstance(owner, InstanceObject) else owner
        bound = Call(call.frame, call.node, call.dotted, [owner, *call.arguments], call.keywords, call.open)
        return _apply_function(function, bound)
    if isinstance(receiver, LibraryObject):
        return libraries.call_object(receiver, method.name, call)
    if isinstance(receiver, Reference):
        inner = f"{receiver.dotted}()" if receiver.called else receiver.dotted
        return Undetermined(f"made by {inner}.{method.name}() at run time")
    known = libraries.call_path_method(receiver, method.name, call)
    if known is not NotImplemented:
        return known
    result = call_method(receiver, method.name, call.arguments, keywords=call.keywords)
    return Undetermined(f"calls .{method.name}()") if result is NotImplemented else result


def _apply_object(value: LibraryObject, call: Call) -> Any:
    return libraries.call_object(value, "", call)


_APPLY: dict[type[Any], Callable[[Any, Call], Any]] = {
    FunctionObject: _apply_function,
    BoundMethod: _apply_method,
    ClassObject: instantiate,
    LibraryObject: _apply_object,
}

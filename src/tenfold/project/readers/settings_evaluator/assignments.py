"""Assignments to names, items and attributes, and the record of those that set settings."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import elements, operators
from tenfold.project.readers.settings_evaluator.comprehensions import split
from tenfold.project.readers.settings_evaluator.lifting import bounded, distribute, is_too_large
from tenfold.project.readers.settings_evaluator.mutations import extend, holds_position, set_item, update
from tenfold.project.readers.settings_evaluator.objects import NAMESPACES, Binding, InstanceObject, namespace
from tenfold.project.settings import Assigned
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    Listed,
    Reference,
    Undetermined,
    describe_branches,
    make_tuple,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Location
    from tenfold.project.readers.settings_evaluator.objects import Frame


_SET_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitOr: operator.ior,
    ast.BitAnd: operator.iand,
    ast.BitXor: operator.ixor,
    ast.Sub: operator.isub,
}


def run_assign(node: ast.Assign, frame: Frame) -> None:
    """`a = b = value`."""
    value = frame.session.evaluate(node.value, frame)
    for target in node.targets:
        assign(target, value, node, frame=frame)


def run_annotated(node: ast.AnnAssign, frame: Frame) -> None:
    """`a: int = value`; in a class body the annotation is kept, for pydantic's fields."""
    if frame.kind == "class" and isinstance(node.target, ast.Name) and frame.owner is not None:
        frame.owner.annotations[node.target.id] = (ast.unparse(node.annotation), frame.where(node))
    if node.value is not None:
        assign(node.target, frame.session.evaluate(node.value, frame), node, frame=frame)


def assign(target: ast.expr, value: Any, node: ast.stmt, *, frame: Frame) -> None:
    """Bind one target."""
    value = bounded(value)
    if isinstance(target, ast.Name):
        frame.bind(target.id, restamp(value, frame, node), frame.where(node))
        note(target.id, "=", node, frame=frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part, inner in zip(target.elts, split(value, target.elts), strict=True):
            part = part.value if isinstance(part, ast.Starred) else part
            assign(part, inner, node, frame=frame)
    elif isinstance(target, ast.Subscript):
        _assign_item(target, value, node, frame=frame)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(target, value, node, frame=frame)


def restamp(value: Any, frame: Frame, node: ast.stmt) -> Any:
    """A choice takes the place of the statement that assigns it."""
    if not isinstance(value, Choice):
        return value
    where = frame.where(node)
    return Choice(tuple(replace(option, where=where) for option in value.options))


def root_name(node: ast.AST) -> str:
    """The name at the start of `NAME["a"].b[0]`; "" when there is none."""
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _assign_item(target: ast.Subscript, value: Any, node: ast.stmt, *, frame: Frame) -> None:
    container = container_of(target.value, frame)
    key = elements.plain_key(frame.session.evaluate(target.slice, frame))
    if isinstance(container, Reference) and container.dotted == "os.environ":
        if isinstance(key, str) and not frame.branches:
            frame.session.environment[key] = value
        return
    if isinstance(container, Reference) and container.dotted in NAMESPACES:
        _assign_global(key, value, node, frame=frame, names=namespace(container.dotted, frame))
        return
    put(container, key, value, frame=frame, node=node)
    note(root_name(target), "[]=", node, frame=frame)


def _assign_global(key: Any, value: Any, node: ast.stmt, *, frame: Frame, names: dict[str, Binding]) -> None:
    if isinstance(key, str) and key.isidentifier():
        names[key] = Binding(value, frame.where(node))
        note(key, "=", node, frame=frame)
    else:
        frame.session.note_gap(frame.where(node), "names that are computed")


def put(container: Any, key: Any, value: Any, *, frame: Frame, node: ast.AST) -> None:
    """`container[key] = value` on every option of the container."""
    if isinstance(container, (Entries, Listed)) and is_too_large(make_tuple((container, value))):
        container.open = container.open or "is too large to follow"
    elif isinstance(container, Choice):
        for option in container.options:
            if option.value is not MISSING:
                put(option.value, key, value, frame=frame, node=node)
    elif isinstance(container, Entries):
        set_item(container, key, value, where=frame.where(node))
    elif isinstance(container, Listed):
        _put_element(container, key, value, where=frame.where(node))


def _put_element(container: Listed, key: Any, value: Any, *, where: Location) -> None:
    if not holds_position(container, key):
        container.open = container.open or "an element was set at a position that is not known"
    elif isinstance(key, slice):
        items, _, why = elements.elements_of(value)
        container[key], container.places[key] = items, [where] * len(items)
        container.open = container.open or why
    else:
        container[key], container.places[key] = value, where


def container_of(node: ast.expr, frame: Frame) -> Any:
    """The container to change. An unknown dict (`LOGGING = deepcopy(DEFAULT_LOGGING)`) becomes an open
    one, so that what is set in it is known."""
    value = frame.session.evaluate(node, frame)
    if not isinstance(value, (Undetermined, Reference)) or _is_special(value):
        return value
    why = value.why if isinstance(value, Undetermined) else f"what {value.dotted} holds"
    made = Entries(open=why)
    if isinstance(node, ast.Name):
        old = frame.find(node.id)
        if old is None or not isinstance(old.value, (Undetermined, Reference)):
            return value
        frame.bind(node.id, made, old.where)
        return made
    if isinstance(node, ast.Subscript):
        outer = container_of(node.value, frame)
        key = elements.plain_key(frame.session.evaluate(node.slice, frame))
        if isinstance(outer, Entries) and (key not in outer if isinstance(key, str) else False):
            set_item(outer, key, made, where=frame.where(node))
            return made
    return value


def _is_special(value: Any) -> bool:
    return isinstance(value, Reference) and value.dotted in (*NAMESPACES, "os.environ")


def _assign_attribute(target: ast.Attribute, value: Any, node: ast.stmt, *, frame: Frame) -> None:
    owner = frame.session.evaluate(target.value, frame)
    if isinstance(owner, InstanceObject):
        if frame.branches != (frame.caller.branches if frame.caller else ()):
            # Objects are not copied for the sides of a branch.
            value = Undetermined("an attribute that is set in a branch")
        owner.names[target.attr] = Binding(value, frame.where(node))


def run_augmented(node: ast.AugAssign, frame: Frame) -> None:
    """`a += value` and the like: lists and dicts are changed in place, as Python does."""
    value = frame.session.evaluate(node.value, frame)
    current = frame.session.evaluate(node.target, frame)
    where = frame.where(node)
    symbol = operators.SYMBOLS.get(type(node.op), "?") + "="
    result = _in_place(type(node.op), current, value, frame=frame, node=node)
    if result is not None:
        if isinstance(node.target, ast.Name):
            frame.bind(node.target.id, result, where)
        elif isinstance(node.target, ast.Subscript):
            container = container_of(node.target.value, frame)
            key = elements.plain_key(frame.session.evaluate(node.target.slice, frame))
            put(container, key, result, frame=frame, node=node)
    elif isinstance(node.target, ast.Name):
        frame.bind(node.target.id, current, where)
    note(root_name(node.target), symbol, node, frame=frame)


def _in_place(kind: type[ast.operator], current: Any, value: Any, *, frame: Frame, node: ast.AST) -> Any:
    """The new value, or None when `current` itself was changed."""
    if is_too_large(make_tuple((current, value))):
        return Undetermined("is too large to follow")
    if _changed_in_place(kind, current, value, where=frame.where(node)):
        return None
    if isinstance(current, Choice):
        return distribute(current, lambda part: _changed(kind, part, value, frame=frame, node=node))
    if isinstance(current, (Undetermined, Reference)) and kind is ast.Add and isinstance(value, Listed):
        why = current.why if isinstance(current, Undetermined) else f"elements of {current.dotted}"
        return Listed(value, places=value.places, open=why)
    return operators.combine(kind, current, value)


def _changed_in_place(kind: type[ast.operator], current: Any, value: Any, *, where: Location) -> bool:
    """Whether `current` was changed in place: a list by `+=`, a dict by `|=`, a set by any of its own."""
    if isinstance(current, Listed) and kind is ast.Add:
        extend(current, [value], where)
    elif isinstance(current, Entries) and kind is ast.BitOr:
        update(current, [value], {}, where=where)
    elif isinstance(current, set) and isinstance(value, (set, frozenset)) and kind in _SET_OPERATORS:
        _SET_OPERATORS[kind](current, value)
    else:
        return False
    return True


def _changed(kind: type[ast.operator], part: Any, value: Any, *, frame: Frame, node: ast.AST) -> Any:
    result = _in_place(kind, part, value, frame=frame, node=node)
    return part if result is None else result


def run_delete(node: ast.Delete, frame: Frame) -> None:
    """`del a`, `del a["key"]`."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.names.pop(target.id, None)
            note(target.id, "del", node, frame=frame)
        elif isinstance(target, ast.Subscript):
            container = container_of(target.value, frame)
            key = frame.session.evaluate(target.slice, frame)
            remove_key(container, key)
            note(root_name(target), "del", node, frame=frame)


def remove_key(container: Any, key: Any) -> None:
    """`del container[key]` on every option of the container."""
    if isinstance(container, Choice):
        for option in container.options:
            remove_key(option.value, key)
    elif isinstance(container, Entries) and isinstance(key, (str, int)):
        container.pop(key, None)
        container.places.pop(key, None)
    elif isinstance(container, Listed) and holds_position(container, key):
        del container[key], container.places[key]
    elif isinstance(container, (Listed, Entries)):
        container.open = container.open or "an entry was deleted"


def note(name: str, operator: str, node: ast.stmt, *, frame: Frame) -> None:
    """Record a statement that sets or changes a setting."""
    if not name.isupper() or frame.kind == "function":
        return
    text = ast.unparse(node).partition("\n")[0]
    where = frame.where(node)
    condition = describe_branches(frame.branches)
    end = getattr(node, "end_lineno", None) or where.line
    frame.session.assigned.append(
        Assigned(name, where, end, operator, condition=condition, text=text.strip()[:200])
    )

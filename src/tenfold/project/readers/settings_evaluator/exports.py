"""From the evaluator's values to the facts: paths relative to the root, objects by their names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import is_object
from tenfold.project.readers.settings_evaluator.objects import (
    ROOT,
    BoundMethod,
    ClassObject,
    FunctionObject,
    LibraryObject,
    ModuleObject,
)
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Possible,
    Reference,
    Tupled,
    Undetermined,
    make_tuple,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Binding

MAXIMUM_DEPTH = 40


def export_binding(binding: Binding) -> tuple[Possible, ...]:
    """The possible values of one name. Options in which it is not set at all are left out."""
    value = export(binding.value)
    if isinstance(value, Choice):
        return tuple(option for option in value.options if option.value is not MISSING)
    return () if value is MISSING else (Possible(value, binding.where),)


def export(value: Any, depth: int = 0) -> Any:
    """A value as facts hold it."""
    if depth > MAXIMUM_DEPTH:
        return Undetermined("is nested too deeply")
    for kind, handler in _HANDLERS.items():
        if isinstance(value, kind):
            return handler(value, depth + 1)
    if isinstance(value, (str, int, float, bool, bytes, set, frozenset, type(None), type(MISSING), complex)):
        return value
    if is_object(value):
        return _object(value)
    return Undetermined(f"a {type(value).__name__}")


def _object(value: Any) -> Any:
    if isinstance(value, ModuleObject):
        return Reference(value.name)
    if isinstance(value, (FunctionObject, ClassObject)):
        module = value.module if isinstance(value, ClassObject) else value.frame.module
        return Reference(f"{module.name}.{value.name}")
    if isinstance(value, LibraryObject):
        return Undetermined("an object of a settings library")
    if isinstance(value, BoundMethod):
        return Undetermined(f"the method {value.name}")
    return Undetermined("an object made at run time")


def _text(value: str, _: int) -> str:
    if value == ROOT:
        return "."
    return _above(value.replace(f"{ROOT}/", "").replace(ROOT, ".")) if "/@" in value else value


def _above(text: str) -> str:
    steps = 0
    root = ROOT
    while "/@" in text and root:
        root, steps = root.rpartition("/")[0], steps + 1
        text = text.replace(f"{root}/", "../" * steps) if root else text
    return text


def _path(value: PurePosixPath, depth: int) -> PurePosixPath:
    return PurePosixPath(_text(str(value), depth))


def _entries(value: Entries, depth: int) -> Entries:
    inner = {_key(key, depth): export(part, depth) for key, part in value.items()}
    return Entries(inner, places=value.places, open=value.open, origin=value.origin)


def _key(key: Any, depth: int) -> Any:
    return _text(key, depth) if isinstance(key, str) else key


def _listed(value: Listed, depth: int) -> Listed:
    return Listed((export(part, depth) for part in value), places=value.places, open=value.open)


def _tupled(value: Tupled, depth: int) -> Tupled:
    return make_tuple((export(part, depth) for part in value), places=value.places, open=value.open)


def _choice(value: Choice, depth: int) -> Any:
    options = [replace(option, value=export(option.value, depth)) for option in value.options]
    return Choice(tuple(options))


def _environment(value: FromEnvironment, depth: int) -> FromEnvironment:
    return replace(value, default=export(value.default, depth))


def _reference(value: Reference, depth: int) -> Reference:
    arguments = tuple(export(part, depth) for part in value.arguments)
    keywords = tuple((name, export(part, depth)) for name, part in value.keywords)
    return replace(value, arguments=arguments, keywords=keywords)


def _same(value: Any, _: int) -> Any:
    return value


_HANDLERS: dict[type[Any], Callable[[Any, int], Any]] = {
    str: _text,
    PurePosixPath: _path,
    Entries: _entries,
    Listed: _listed,
    Tupled: _tupled,
    Choice: _choice,
    FromEnvironment: _environment,
    Reference: _reference,
    Undetermined: _same,
}

"""What is known of libraries that settings call: one file per library, each with a mapping `KNOWN`.

`KNOWN` maps the dotted name of a function or class to a handler `(Call) -> value`; `OBJECTS` maps a
kind of LibraryObject to a handler `(LibraryObject, method, Call) -> value`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.libraries import (
    builtins,
    configurations,
    decouple,
    environ,
    files,
    namespaces,
    pydantic,
    split_settings,
    standard,
    tenfold_conf,
    tenfold_logging,
    urls,
)
from tenfold.project.readers.settings_evaluator.objects import NAMESPACES, InstanceObject
from tenfold.project.settings_values import Reference

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import (
        Binding,
        Call,
        ClassObject,
        Frame,
        LibraryObject,
        SuperObject,
    )

_ALL = (
    builtins,
    configurations,
    decouple,
    environ,
    files,
    namespaces,
    pydantic,
    split_settings,
    standard,
    tenfold_conf,
    tenfold_logging,
    urls,
)
_KNOWN = {name: handler for library in _ALL for name, handler in library.KNOWN.items()}
_OBJECTS = {
    kind: handler
    for library in (configurations, decouple, environ, files, split_settings, tenfold_conf)
    for kind, handler in library.OBJECTS.items()
}


def call_known(dotted: str, call: Call) -> Any:
    """A call of a library's function: its value where it is known, else a Reference with its arguments."""
    handler = _KNOWN.get(dotted)
    if handler is None:
        if any(isinstance(a, Reference) and a.dotted in NAMESPACES for a in call.arguments):
            call.frame.session.note_gap(call.where, f"{dotted}() may set settings")
        return Reference(dotted, tuple(call.arguments), tuple(call.keywords.items()), called=True)
    return handler(call)


def call_object(value: LibraryObject, method: str, call: Call) -> Any:
    """A call of a library's object or of its method."""
    return _OBJECTS[value.kind](value, method, call)


def call_path_method(receiver: Any, method: str, call: Call) -> Any:
    """Methods of paths that look at the disk; NotImplemented for others."""
    return standard.call_path_method(receiver, method, call)


def attribute_of(value: LibraryObject, name: str) -> Any:
    """An attribute of a library's object that is no method; NotImplemented for others."""
    return tenfold_conf.attribute_of(value, name)


def instance_fields(of: ClassObject, call: Call) -> dict[str, Binding]:
    """What calling a project class sets on the instance."""
    return pydantic.instance_fields(of, call)


def field_of(
    value: ClassObject | InstanceObject | SuperObject | None,
    name: str,
    frame: Frame,
    *,
    binding: Binding | None = None,
) -> Any:
    """A field that a settings library fills from the environment; None when it is an ordinary one."""
    if not isinstance(value, InstanceObject):
        return None
    return pydantic.field_of(value, name, frame, binding=binding)

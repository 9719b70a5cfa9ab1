"""Names looked up and set by name: globals() and the like, getattr, setattr, dir; exec and eval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.imports import has_name, load, look_up
from tenfold.project.readers.settings_evaluator.mutations import update
from tenfold.project.readers.settings_evaluator.objects import (
    NAMESPACES,
    Binding,
    InstanceObject,
    ModuleObject,
    namespace,
)
from tenfold.project.settings_values import Entries, Listed, Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call


def _getattr(call: Call) -> Any:
    owner, name, default = call.argument(0, ""), call.argument(1, ""), call.argument(2, "", None)
    if isinstance(name, str) and isinstance(owner, ModuleObject):
        load(owner, call.frame)
        missing = default if len(call.arguments) > 2 else call.untold()
        return look_up(owner.names, name, call.frame, default=missing)
    if isinstance(name, str) and isinstance(owner, Reference) and not owner.called:
        return Reference(f"{owner.dotted}.{name}")
    return call.untold()


def _dir(call: Call) -> Any:
    owner = call.argument(0, "")
    if not isinstance(owner, ModuleObject):
        return call.untold()
    load(owner, call.frame)
    return Listed(sorted(owner.names))


def _hasattr(call: Call) -> Any:
    owner, name = call.argument(0, ""), call.argument(1, "")
    if not isinstance(owner, ModuleObject) or not isinstance(name, str):
        return call.untold()
    load(owner, call.frame)
    return has_name(owner.names, name, call.frame)


def _namespace(call: Call) -> Any:
    return Reference(call.dotted)


def _update_namespace(call: Call) -> None:
    """`globals().update({...})`, `locals().update(A=1)`."""
    made = Entries()
    update(made, call.arguments, call.keywords, where=call.where)
    names = namespace(call.dotted.partition(".")[0], call.frame)
    for name, value in made.items():
        if isinstance(name, str):
            names[name] = Binding(value, made.places.get(name, call.where))
    if made.open or call.open:
        call.frame.session.note_gap(call.where, "names that are computed")


def _read_namespace(call: Call) -> Any:
    """`globals().get("A", default)`, `globals().setdefault("A", value)`."""
    names = namespace(call.dotted.partition(".")[0], call.frame)
    name, default = call.argument(0, ""), call.argument(1, "", None)
    if not isinstance(name, str):
        return Undetermined("a name that is computed")
    if name in names:
        return look_up(names, name, call.frame, default=default)
    if call.frame.session.gaps:
        return Undetermined(f"{name} is not defined in what could be read")
    if call.dotted.endswith(".setdefault"):
        names[name] = Binding(default, call.where)
    return default


def _execute(call: Call) -> Any:
    call.frame.session.note_gap(call.where, f"{call.dotted}() runs code that is not followed")
    return call.untold()


def _setattr(call: Call) -> Any:
    owner, name, value = (call.argument(index, "") for index in range(3))
    if isinstance(owner, InstanceObject) and isinstance(name, str):
        owner.names[name] = Binding(value, call.where)
    elif call.frame.kind != "function":
        call.frame.session.note_gap(call.where, "names that are computed")
    return None


KNOWN: dict[str, Callable[[Call], Any]] = {
    "getattr": _getattr,
    "hasattr": _hasattr,
    "dir": _dir,
    "globals": _namespace,
    "locals": _namespace,
    "vars": _namespace,
    **{f"{name}.update": _update_namespace for name in NAMESPACES},
    **{f"{name}.{method}": _read_namespace for name in NAMESPACES for method in ("get", "setdefault")},
    "exec": _execute,
    "eval": _execute,
    "setattr": _setattr,
}

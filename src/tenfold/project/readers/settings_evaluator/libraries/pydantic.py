"""pydantic-settings: fields of a BaseSettings class come from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.libraries.casts import apply_cast
from tenfold.project.readers.settings_evaluator.objects import Binding, ClassObject
from tenfold.project.settings_values import (
    MISSING,
    Entries,
    FromEnvironment,
    Reference,
    Undetermined,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call, Frame, InstanceObject

_BASES = frozenset(
    (
        "pydantic_settings.BaseSettings",
        "pydantic.BaseSettings",
        "goodconf.GoodConf",
        "pydantic.v1.BaseSettings",
    )
)
_FIELDS = frozenset(("pydantic.Field", "goodconf.Field", "pydantic.fields.Field", "pydantic.v1.Field"))
_CASTS = {"bool": "bool", "int": "int", "float": "float", "str": "str", "list": "list", "dict": "dict"}


def is_settings(of: ClassObject) -> bool:
    """Whether the class descends from a pydantic BaseSettings."""
    return bool(of.outside_bases() & _BASES)


def instance_fields(of: ClassObject, call: Call) -> dict[str, Binding]:
    """Values passed by name to the class. Arguments of other classes' constructors are not followed."""
    if not is_settings(of):
        return {}
    return {name: Binding(value, call.where) for name, value in call.keywords.items() if name[0] != "_"}


def field_of(value: InstanceObject, name: str, frame: Frame, *, binding: Binding | None = None) -> Any:
    """The value of a field; None when the class is no pydantic settings class or has no such field."""
    if not is_settings(value.of):
        return None
    for each in value.of.lineage():
        candidates = [name] if name else [n for n, b in each.names.items() if b is binding]
        for candidate in candidates:
            if candidate in each.annotations:
                return _read(value.of, each, candidate, frame=frame)
    return None


def _read(of: ClassObject, each: ClassObject, name: str, *, frame: Frame) -> Any:
    annotation, where = each.annotations[name]
    binding = each.names.get(name)
    default: Any = MISSING if binding is None else binding.value
    variable = f"{_prefix(of)}{name}".upper()
    if isinstance(default, Reference) and default.dotted in _FIELDS:
        given = dict(default.keywords)
        names = [given.get(key) for key in ("validation_alias", "alias", "env")]
        variable = next((name for name in names if isinstance(name, str)), variable)
        default = default.arguments[0] if default.arguments else given.get("default", MISSING)
        if "default_factory" in given:
            default = Undetermined("what a field's factory makes")
        if default is Ellipsis:
            default = MISSING
    frame.session.note_variable(variable, where)
    if isinstance(default, FromEnvironment):
        default = default.default
    kind = annotation.replace("Optional[", "").partition("[")[0].partition(" |")[0].strip("] ")
    return apply_cast(FromEnvironment(variable, default), _CASTS.get(kind, "str"))


def _prefix(of: ClassObject) -> str:
    for each in of.lineage():
        configured = each.names.get("model_config")
        if configured is not None:
            found = configured.value
            keywords = dict(found.keywords) if isinstance(found, Reference) else {}
            if isinstance(found, Entries):
                keywords = dict(found)
            if isinstance(keywords.get("env_prefix"), str):
                return str(keywords["env_prefix"])
        inner = each.names.get("Config")
        if inner is not None and isinstance(inner.value, ClassObject):
            prefix = inner.value.names.get("env_prefix")
            if prefix is not None and isinstance(prefix.value, str):
                return prefix.value
    return ""


KNOWN: dict[str, Callable[[Call], Any]] = {}

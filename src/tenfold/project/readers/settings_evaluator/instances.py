"""Instances of the project's classes: what calling a class makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import libraries
from tenfold.project.readers.settings_evaluator.functions import call_function
from tenfold.project.readers.settings_evaluator.objects import Binding, FunctionObject, InstanceObject
from tenfold.project.settings_values import Entries, Listed, Reference, Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Call, ClassObject

_ENUMS = frozenset(("enum.Enum", "enum.StrEnum", "enum.IntEnum"))
_FIELDS = frozenset(("dataclasses.field", "attr.ib", "attrs.field", "attr.field"))


def instantiate(of: ClassObject, call: Call) -> Any:
    """What `of(...)` gives: a member of an enumeration counts as its value."""
    if of.outside_bases() & _ENUMS and len(call.arguments) == 1:
        return call.arguments[0]
    instance = InstanceObject(of, libraries.instance_fields(of, call))
    constructor = next((each.names["__init__"] for each in of.lineage() if "__init__" in each.names), None)
    if constructor is None:
        instance.names.update(_declared_fields(of, call, given=instance.names))
    elif isinstance(constructor.value, FunctionObject) and not call.open:
        arguments = [instance, *call.arguments]
        call_function(constructor.value, arguments, call.keywords, frame=call.frame, text=f"{of.name}()")
    return instance


def _declared_fields(of: ClassObject, call: Call, *, given: dict[str, Binding]) -> dict[str, Binding]:
    """Fields of dataclasses and named tuples, as far as the call or their defaults tell them."""
    names = dict.fromkeys(name for each in reversed(of.lineage()) for name in each.annotations)
    passed = dict(zip(names, call.arguments, strict=False)) | call.keywords
    made = {name: Binding(passed[name], call.where) for name in names if name in passed and name not in given}
    for each in of.lineage():
        for name, binding in each.names.items():
            default = binding.value
            if name not in made and isinstance(default, Reference) and default.dotted in _FIELDS:
                made[name] = binding._replace(value=_default_of(default))
    return made


def _default_of(field: Reference) -> Any:
    keywords = dict(field.keywords)
    factory = keywords.get("default_factory", keywords.get("factory"))
    name = factory.dotted if isinstance(factory, Reference) else ""
    if "default" in keywords:
        return keywords["default"]
    made = {"list": Listed(), "dict": Entries(), "set": set()}.get(name)
    return Undetermined("what a field's factory makes") if made is None else made

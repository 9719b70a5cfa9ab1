"""Attributes of evaluated values: modules, classes, instances, references, paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import libraries
from tenfold.project.readers.settings_evaluator.constants import constant
from tenfold.project.readers.settings_evaluator.functions import call_function
from tenfold.project.readers.settings_evaluator.imports import load, resolve_lazy, settle, submodule
from tenfold.project.readers.settings_evaluator.lifting import compatible, distribute
from tenfold.project.readers.settings_evaluator.methods import path_attribute
from tenfold.project.readers.settings_evaluator.objects import (
    BoundMethod,
    ClassObject,
    FunctionObject,
    InstanceObject,
    LazyImport,
    LibraryObject,
    ModuleObject,
    SuperObject,
)
from tenfold.project.settings_values import Choice, Reference, Undetermined

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import (
        Binding,
        Frame,
    )


def get_attribute(value: Any, name: str, *, frame: Frame) -> Any:
    """`value.name`; methods of plain values come as a BoundMethod."""
    if isinstance(value, Choice) and not isinstance(value.options[0].value, (str, list, dict, tuple)):
        return distribute(value, lambda part: get_attribute(part, name, frame=frame))
    if isinstance(value, Reference):
        return BoundMethod(value, name) if value.called else constant(f"{value.dotted}.{name}")
    if isinstance(value, ModuleObject):
        return _of_module(value, name, frame)
    if isinstance(value, (ClassObject, InstanceObject, SuperObject)):
        return compatible(_of_class(value, name, frame), frame.branches)
    if isinstance(value, Undetermined):
        return value
    is_library = isinstance(value, LibraryObject)
    found = libraries.attribute_of(value, name) if is_library else path_attribute(value, name)
    return BoundMethod(value, name) if found is NotImplemented else found


def _of_module(module: ModuleObject, name: str, frame: Frame) -> Any:
    inner = submodule(module, name, frame)
    if inner is not None:
        return inner
    load(module, frame)
    binding = module.names.get(name)
    if binding is None:
        return Reference(f"{module.name}.{name}")
    return settle(binding.value, frame)


def _of_class(value: ClassObject | InstanceObject | SuperObject, name: str, frame: Frame) -> Any:
    instance = value if isinstance(value, InstanceObject) else None
    if isinstance(value, SuperObject):
        instance = value.instance
        lineage = instance.of.lineage()
        lineage = lineage[lineage.index(value.after) + 1 :] if value.after in lineage else []
    else:
        of = value.of if isinstance(value, InstanceObject) else value
        lineage = of.lineage()
        if instance is not None and name in instance.names:
            return instance.names[name].value
    for each in lineage:
        if name in each.names:
            return _bind(each.names[name], each, instance, frame=frame)
    pydantic = libraries.field_of(value, name, frame)
    if pydantic is not None:
        return pydantic
    return Undetermined(f"{lineage[0].name if lineage else 'super()'}.{name} is not in the project")


def _bind(binding: Binding, of: ClassObject, instance: InstanceObject | None, *, frame: Frame) -> Any:
    found = binding.value
    if isinstance(found, LazyImport):
        return resolve_lazy(found, frame)
    if not isinstance(found, FunctionObject) or found.kind == "static":
        field = libraries.field_of(instance, "", frame, binding=binding) if instance else None
        return found if field is None else field
    receiver: Any = instance if instance is not None else of
    if found.kind == "class":
        return BoundMethod((found, receiver), "()")
    if found.kind == "property":
        if instance is None:
            return Undetermined(f"the property {of.name}.{found.name}")
        return call_function(found, [receiver], {}, frame=frame, text=f"{of.name}.{found.name}")
    return BoundMethod(found, "") if instance is None else BoundMethod((found, receiver), "()")

"""Settings kept in classes: what they put into the module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.attributes import get_attribute
from tenfold.project.readers.settings_evaluator.libraries.configurations import settle
from tenfold.project.readers.settings_evaluator.objects import (
    Binding,
    ClassObject,
    InstanceObject,
    LibraryObject,
)

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Frame

_BASES = ("configurations.Configuration", "configurations.base.Configuration", "configurations.Settings")
_PRODUCTION = ("production", "prod", "live", "productionsettings", "prodsettings", "productionconfiguration")


def export_class(of: ClassObject, frame: Frame) -> None:
    """Put a class's uppercase attributes and properties among the module's names."""
    instance = InstanceObject(of, {})
    lineage = of.lineage()
    for each in lineage:
        if each.module.path not in frame.session.files:
            frame.session.files.insert(0, each.module.path)
    names = {name for each in lineage for name in each.names if name.isupper()}
    ordered = [n for each in reversed(lineage) for n in each.names if n in names]
    for name in dict.fromkeys(ordered):
        binding = next(each.names[name] for each in lineage if name in each.names)
        value = _value(binding, name, instance, frame=frame)
        frame.names[name] = Binding(value, binding.where)


def _value(binding: Binding, name: str, instance: InstanceObject, *, frame: Frame) -> Any:
    value = binding.value
    if isinstance(value, LibraryObject) and value.kind == "configurations":
        return settle(value, name, session=frame.session, where=binding.where)
    return get_attribute(instance, name, frame=frame)


def export_classes(frame: Frame, configuration: str) -> None:
    """django-configurations: the class that DJANGO_CONFIGURATION names, else the production one."""
    found = {
        name: binding.value
        for name, binding in frame.names.items()
        if isinstance(binding.value, ClassObject) and binding.value.outside_bases().intersection(_BASES)
    }
    if not found:
        return
    chosen = found.get(configuration)
    if chosen is None:
        by_name = {name.lower(): of for name, of in found.items()}
        chosen = next((by_name[name] for name in _PRODUCTION if name in by_name), None)
    if chosen is None and len(found) == 1:
        chosen = next(iter(found.values()))
    if chosen is None:
        where = next(b.where for b in frame.names.values() if b.value in found.values())
        frame.session.note_gap(where, "which configuration class production uses is not known")
        return
    export_class(chosen, frame)


def is_loader(method: str) -> bool:
    """Whether a class method puts the class's attributes into the module: `load_settings(__name__)`."""
    return method in ("load_settings", "load", "export", "install", "setup_settings")

"""The models of the project's own apps, as Django built them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .encode import deconstruct, dotted, encode

if TYPE_CHECKING:
    from .places import Places


def read_models(places: Places) -> list[dict[str, Any]]:
    """Concrete, proxy and abstract models that stand in the project's own files."""
    from django.apps import apps
    from django.db.models import Model

    found: dict[type, None] = {}
    for model in apps.get_models(include_swapped=True):
        for base in reversed(model.__mro__):
            if issubclass(base, Model) and base is not Model and places.of_module(base.__module__):
                found.setdefault(base)
    return [read_model(model, places) for model in found if hasattr(model, "_meta")]


def read_model(model: Any, places: Places) -> dict[str, Any]:
    meta = model._meta
    path, line = places.of_class(model)
    return {
        "label": meta.label,
        "dotted": dotted(model),
        "path": path,
        "line": line,
        "abstract": bool(meta.abstract),
        "fields": [read_field(field, model, places) for field in own_fields(meta)],
        "meta": read_meta(meta),
        "bases": [dotted(base) for base in model.__mro__[1:] if base is not object],
    }


def own_fields(meta: Any) -> list[Any]:
    """The model's fields, inherited ones included; for abstract models the relations are not resolved."""
    return list(meta.local_fields) + list(meta.local_many_to_many) if meta.abstract else forward_fields(meta)


def forward_fields(meta: Any) -> list[Any]:
    return [field for field in meta.get_fields() if not (field.auto_created and not field.concrete)]


def read_field(field: Any, model: type, places: Places) -> dict[str, Any]:
    parts = deconstruct(field)
    kind, keywords = (parts[0], parts[2]) if parts else (dotted(type(field)), {})
    path, line = places.of_attribute(model, field.name)
    return {
        "name": field.name,
        "kind": kind,
        "path": path,
        "line": line,
        "to": read_target(field),
        "options": {
            key: encode(value, depth=4) for key, value in keywords.items() if key not in ("to", "through")
        },
        "auto": bool(getattr(field, "auto_created", False)),
    }


def read_target(field: Any) -> str:
    """The label of the related model, "" for none."""
    remote = getattr(field, "remote_field", None)
    target = getattr(remote, "model", None)
    if target is None:
        return ""
    return target if isinstance(target, str) else str(target._meta.label)


def read_meta(meta: Any) -> dict[str, Any]:
    """What Meta sets, its abstract bases' included; Django's defaults are left out."""
    names = [name for name in sorted(meta.original_attrs) if name not in ("abstract", "app_label", "apps")]
    return {name: encode(getattr(meta, name), depth=6) for name in names if hasattr(meta, name)}

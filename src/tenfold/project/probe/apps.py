"""The installed apps, after Django is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .encode import dotted

if TYPE_CHECKING:
    from .places import Places


def read_apps(places: Places) -> list[dict[str, Any]]:
    """Every installed app: label, dotted name, config class, folder, its models, whose it is."""
    import django

    django.setup()
    from django.apps import apps

    return [
        {
            "label": app.label,
            "name": app.name,
            "config": dotted(type(app)),
            "path": places.relative(app.path) or app.path,
            "own": bool(places.relative(app.path)),
            "models": sorted(model.__name__ for model in app.get_models()),
        }
        for app in apps.get_app_configs()
    ]

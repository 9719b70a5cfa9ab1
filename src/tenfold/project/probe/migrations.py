"""The migration graph, loaded from disk without a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .places import Places


def read_migrations(places: Places) -> list[dict[str, Any]]:
    """The project's own migrations; operations by class name, in order."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    found = []
    for (label, name), migration in sorted(loader.disk_migrations.items()):
        path = places.of_module(type(migration).__module__)
        if not path:
            continue
        found.append(
            {
                "app": label,
                "name": name,
                "path": path,
                "dependencies": [[str(part) for part in pair] for pair in migration.dependencies],
                "replaces": [[str(part) for part in pair] for pair in migration.replaces],
                "initial": is_initial(migration),
                "atomic": bool(migration.atomic),
                "operations": [type(operation).__name__ for operation in migration.operations],
            }
        )
    return found


def is_initial(migration: Any) -> bool:
    """As Django decides: by the attribute, else by having no dependency inside its own app."""
    if migration.initial is not None:
        return bool(migration.initial)
    return all(app != migration.app_label for app, _name in migration.dependencies)

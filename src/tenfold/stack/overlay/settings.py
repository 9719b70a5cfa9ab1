"""The overlay of a site: its parts in their order, what of it is shown, and the files it consists of."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from tenfold.stack.environment import database_variables
from tenfold.stack.overlay import caches, databases, surroundings
from tenfold.stack.service import File

if TYPE_CHECKING:
    from tenfold.stack.overlay.parts import Part
    from tenfold.stack.plan import Change
    from tenfold.stack.site import Site

FOLDER = "overlay"
SCRIPTS = (
    *("sitecustomize.py", "tenfold_settings.py", "tenfold_wsgi.py", "tenfold_asgi.py", "tenfold_celery.py"),
    *("tenfold_connections.py", "tenfold_migrate.py", "tenfold_data.py", "inspect_project.py"),
)
"""Files of `overlay/files` that stand on the project's path."""


def overlay_parts(site: Site) -> tuple[Part, ...]:
    """Everything that the settings are changed by, in the order that it is carried out."""
    return (
        *databases.database_parts(site),
        *caches.cache_parts(site),
        *caches.session_parts(site),
        *caches.task_parts(site),
        *caches.channel_parts(site),
        *surroundings.storage_parts(site),
        *surroundings.file_parts(site),
        *surroundings.host_parts(site),
        *surroundings.mail_parts(site),
        *surroundings.logging_parts(site),
    )


def overlay_changes(site: Site) -> tuple[Change, ...]:
    """What the plan shows."""
    return tuple(part.change for part in overlay_parts(site))


def _task_defaults(site: Site) -> dict[str, int]:
    """What Celery's application gets where it has none, by Celery's names; `tenfold_celery.py` sets it."""
    tasks = site.topology.tasks
    return {
        "task_soft_time_limit": tasks.soft_time_limit.whole,
        "task_time_limit": tasks.time_limit.whole,
        "visibility_timeout": tasks.visibility_timeout.whole,
    }


def overlay_files(site: Site) -> tuple[File, ...]:
    """The overlay's folder: scripts as they are, and what they read. It holds the database's password."""
    described = {
        "settings": site.shape.settings_module,
        "configuration": site.shape.inspected.configuration,
        "root": site.shape.root,
        "paths": site.shape.paths,
        "database_variables": database_variables(site.shape.inspected),
        "wsgi": site.shape.wsgi,
        "asgi": site.shape.asgi,
        "celery": site.shape.celery,
        "tasks": _task_defaults(site),
        "operations": [one.encode() for part in overlay_parts(site) for one in part.operations],
    }
    scripts = resources.files("tenfold.stack.overlay") / "files"
    return (
        File(f"{FOLDER}/tenfold_overlay.json", json.dumps(described, indent=1), mode=0o600),
        *(File(f"{FOLDER}/{name}", (scripts / name).read_text(encoding="utf-8")) for name in SCRIPTS),
    )

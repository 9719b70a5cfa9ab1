"""Which services a site has, by name: for those that start only after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.preparation import preparation_names

if TYPE_CHECKING:
    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape
    from tenfold.stack.site import Site


def backing_services(site: Site) -> tuple[str, ...]:
    """What a process of the project talks to as soon as it runs."""
    config = site.config
    found = []
    if config.database != "keep" and not site.keep_database:
        found.append("postgres")
        if site.topology.database.connections.value == "pgbouncer":
            found.append("pooler")
    if config.cache != "keep":
        found.append("cache")
    if site.shape.celery:
        found.append("broker")
    return tuple(found)


def prepared_by(site: Site) -> tuple[str, ...]:
    """The commands that must have ended before a process of the project serves."""
    return preparation_names(site)


def has_dashboard(config: UpConfig, shape: Shape) -> bool:
    """Whether flower runs: the configuration asks for it, or the project has it."""
    asked = "dashboard" in config.services or "flower" in shape.installed
    return bool(shape.celery) and asked and "dashboard" not in config.without

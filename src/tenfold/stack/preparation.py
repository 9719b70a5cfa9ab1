"""The commands that run to their end before a project serves: their names, and what each waits for."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.stack.site import Site

STATICFILES = "django.contrib.staticfiles"


def migrates(site: Site) -> bool:
    """A database of the project's own is left as it is: nobody asked for a migration of it."""
    return bool(site.shape.databases) and site.config.database != "keep" and not site.keep_database


def collects(site: Site) -> bool:
    """Whether static files are collected: not those that stand in the repository already built."""
    apps = site.shape.inspected.items("INSTALLED_APPS")
    return STATICFILES in apps and not site.shape.static_built


def preparing_commands(site: Site) -> tuple[tuple[str, ...], ...]:
    """The deployment's own commands, then the configuration's."""
    return (*site.shape.commands, *(tuple(shlex.split(command)) for command in site.config.commands))


def preparation_names(site: Site) -> tuple[str, ...]:
    """Every service of the folder `project`, in the order that they run."""
    found = []
    if migrates(site):
        found.append("migrate")
        if site.with_data:
            found.append("data")
    if collects(site):
        found.append("collectstatic")
    found += [f"prepare-{number}" for number in range(1, len(preparing_commands(site)) + 1)]
    if site.config.fixtures and migrates(site):
        found.append("fixtures")
    return tuple(found)

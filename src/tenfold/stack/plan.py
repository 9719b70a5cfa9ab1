"""A stack as one value: its services in order, what is reached where, what was changed for the project.

It is printed (`up --plan`), written to .tenfold/plan.json, and carried out by `tenfold.stack.runner`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.stack.service import Service

VERSION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the overlay does for the project, shown in the plan."""

    what: str
    """ "DATABASES['default']", "DATABASE_URL", "SESSION_ENGINE"."""
    value: str
    """What it becomes; secrets are not shown."""
    why: str


@dataclass(frozen=True)
class StackPlan:
    """What `tenfold up` does."""

    name: str
    root: str
    folder: str
    """The stack's folder, absolute."""
    url: str
    """What a person opens."""
    services: tuple[Service, ...]
    """In an order in which each follows what it needs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of every process of the project (each such service's command has it too)."""
    changes: tuple[Change, ...] = ()
    numbers: tuple[tuple[str, str, str], ...] = ()
    """(name, value with its unit, reason)."""
    notes: tuple[str, ...] = ()
    """What stands in for what could not be had, and what was left out."""
    root_user: bool = False
    version: int = VERSION


def sort_services(services: tuple[Service, ...]) -> tuple[Service, ...]:
    """The services so that each follows everything it needs.

    Raises ValueError for a need that nobody plans and for a circle: a fault of the services' code.
    """
    known = {service.name for service in services}
    for service in services:
        if missing := set(service.needs) - known:
            raise ValueError(f"{service.name} needs {', '.join(sorted(missing))}, which nobody plans")
    placed: dict[str, Service] = {}
    waiting = list(services)
    while waiting:
        ready = [one for one in waiting if placed.keys() >= set(one.needs)]
        if not ready:
            raise ValueError(f"services need each other in a circle: {', '.join(s.name for s in waiting)}")
        placed.update((one.name, one) for one in ready)
        waiting = [one for one in waiting if one.name not in placed]
    return tuple(placed.values())

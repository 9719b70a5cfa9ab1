"""Connection poolers between Django and its databases, told from compose files and settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.edge import compose_services

if TYPE_CHECKING:
    from tenfold.project.model import Location, Project

_POOLER = re.compile(r"pgbouncer|pgcat|odyssey|supavisor|pgpool|pgdog", re.IGNORECASE)
_PORT = re.compile(r":6432\b")
_HOST = re.compile(r"@[\w.-]+-pooler\b")
"""How CloudNativePG's examples, Neon and Tenfold's export for Kubernetes name the host of their PgBouncer.
https://cloudnative-pg.io/documentation/current/connection_pooling/
https://neon.com/docs/connect/connection-pooling"""


def pooler_service(project: Project) -> tuple[Location, str] | None:
    """The pooler that a compose file of production starts: its place and its kind ("pgbouncer")."""
    for _, service in compose_services(project):
        if match := _POOLER.search(f"{service.image} {service.name}"):
            return service.where, match.group().lower()
    return None


def pooler_address(project: Project, aliases: list[str]) -> tuple[Location, str] | None:
    """A pooler that the settings or the services' environment name: the place, and what names it."""
    for alias in aliases:
        for key in ("HOST", "PORT"):
            for found in project.settings.possible("DATABASES", alias, key):
                if (key == "HOST" and _POOLER.search(str(found.value))) or str(found.value) == "6432":
                    return found.where, f"{key} {found.value}"
    environments = [(service.where, service.environment) for _, service in compose_services(project)]
    environments += [(c.where, c.environment) for c in project.repository.commands if c.origin == "platform"]
    for where, environment in environments:
        named = next((name for name, value in environment.items() if _is_pooled(name, value)), "")
        if named:
            return where, named
    return None


def _is_pooled(name: str, value: str) -> bool:
    """Whether a variable is the URL of a database behind a pooler."""
    is_url = "DATABASE" in name.upper() and "://" in value
    return is_url and any(mark.search(value) for mark in (_POOLER, _PORT, _HOST))


def pooling_mode(project: Project) -> str:
    """The pooling mode that a compose file gives its pooler; "" when none says."""
    for _, service in compose_services(project):
        if _POOLER.search(f"{service.image} {service.name}"):
            for name, value in service.environment.items():
                if name.upper().endswith("POOL_MODE"):
                    return value.lower()
    return ""

"""What a project that is run here asks of the topology: the `Work` of `tenfold.topology.sizing.size`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.presence import has_dashboard
from tenfold.stack.requirements import POOL_DJANGO
from tenfold.stack.services.app.choice import choose_server
from tenfold.topology.model import Work
from tenfold.topology.wishes import settle_pooling

if TYPE_CHECKING:
    from collections.abc import Collection

    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape


def work_of(shape: Shape, config: UpConfig, *, programs: Collection[str]) -> Work:
    """What the project brings; `programs` are the names of those that were found."""
    work = Work(
        interface=shape.interface,
        server=choose_server(config, shape),
        waits=shape.waits,
        tasks=bool(shape.celery) and "worker" not in config.without,
        databases=max(1, sum(not one.replica for one in shape.databases)),
        pool=_can_pool(shape),
        replicas=replicas_of(config),
        scheduled=shape.scheduled and "scheduler" not in config.without,
        broker=config.broker,
        services=tuple(_more_services(shape, config)),
        follows="django_tenfold.accounts" in shape.inspected.items("INSTALLED_APPS"),
    )
    return settle_pooling(work, config, pgbouncer="pgbouncer" in programs)


def replicas_of(config: UpConfig) -> int:
    """Streaming replicas that run."""
    return 0 if "replica" in config.without or config.database == "keep" else config.replicas


def _can_pool(shape: Shape) -> bool:
    """Django's own pool: Django 5.1 with psycopg 3, which Tenfold adds where there is no driver at all."""
    return shape.django >= POOL_DJANGO and not any(name.startswith("psycopg2") for name in shape.installed)


def _more_services(shape: Shape, config: UpConfig) -> list[str]:
    """Those beside the usual ones, for the memory that they take."""
    found = {*config.services, "mail"}
    if shape.object_storage:
        found.add("storage")
    if has_dashboard(config, shape):
        found.add("dashboard")
    return sorted(found - set(config.without))

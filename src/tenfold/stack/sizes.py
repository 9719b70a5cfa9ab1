"""What a project and its configuration ask of the topology: the arguments of `tenfold.topology.sizing.size`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.requirements import POOL_DJANGO
from tenfold.stack.services.app.choice import choose_server
from tenfold.topology.model import Wishes, Work

if TYPE_CHECKING:
    from collections.abc import Collection

    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape

MEBIBYTE = 1024 * 1024


def work_of(shape: Shape, config: UpConfig, *, programs: Collection[str]) -> Work:
    """What the project brings; `programs` are the names of those that were found."""
    written = [one for one in shape.databases if not one.replica and one.vendor]
    return Work(
        interface=shape.interface,
        server=choose_server(config, shape),
        waits=shape.waits,
        tasks=bool(shape.celery) and "worker" not in config.without,
        databases=max(1, len(written)),
        pool=_can_pool(shape) and config.pooler in ("auto", "pool"),
        pooler="pgbouncer" in programs and config.pooler in ("auto", "pgbouncer"),
        replicas=replicas_of(config),
        scheduled=shape.scheduled and "scheduler" not in config.without,
    )


def wishes_of(config: UpConfig) -> Wishes:
    """The numbers that the configuration sets."""
    return Wishes(
        workers=config.workers,
        threads=config.threads,
        worker_concurrency=config.worker_concurrency,
        max_connections=config.max_connections,
        timeout=config.timeout,
        memory=None if config.memory is None else config.memory * MEBIBYTE,
    )


def replicas_of(config: UpConfig) -> int:
    """Streaming replicas that run."""
    return 0 if "replica" in config.without or config.database == "keep" else config.replicas


def _can_pool(shape: Shape) -> bool:
    """Django's own pool: Django 5.1 with psycopg 3, which Tenfold adds where there is no driver at all."""
    return shape.django >= POOL_DJANGO and not any(name.startswith("psycopg2") for name in shape.installed)

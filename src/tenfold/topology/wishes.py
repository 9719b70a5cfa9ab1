"""What a project's configuration wishes of its topology."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.topology.memory import MEBIBYTE
from tenfold.topology.model import Wishes

if TYPE_CHECKING:
    from tenfold.config import UpConfig
    from tenfold.topology.model import Work


def read_wishes(config: UpConfig) -> Wishes:
    """The numbers that `[tool.tenfold.up]` sets."""
    return Wishes(
        workers=config.workers,
        threads=config.threads,
        worker_concurrency=config.worker_concurrency,
        max_connections=config.max_connections,
        timeout=config.timeout,
        memory=None if config.memory is None else config.memory * MEBIBYTE,
    )


def settle_pooling(work: Work, config: UpConfig, *, pgbouncer: bool) -> Work:
    """The work with connections kept as `pooler` in `[tool.tenfold.up]` says; `pgbouncer`: it was found."""
    keeps = config.database == "keep"
    pooler = not keeps and (config.pooler == "pgbouncer" or (config.pooler == "auto" and pgbouncer))
    pool = work.pool and config.pooler != "persistent"
    return replace(work, pooler=pooler, pool=pool, pool_wished=config.pooler == "pool")

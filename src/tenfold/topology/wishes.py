"""What a project's configuration wishes of its topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.topology.memory import MEBIBYTE
from tenfold.topology.model import Wishes

if TYPE_CHECKING:
    from tenfold.config import UpConfig


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

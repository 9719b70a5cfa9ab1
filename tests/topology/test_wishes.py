from __future__ import annotations

from tenfold.config import UpConfig
from tenfold.topology.model import Wishes
from tenfold.topology.wishes import read_wishes


def test_an_empty_configuration_wishes_nothing() -> None:
    assert read_wishes(UpConfig()) == Wishes()


def test_every_configured_number_is_wished_and_memory_is_in_bytes() -> None:
    config = UpConfig(
        workers=4, threads=2, worker_concurrency=3, max_connections=200, timeout=20.0, memory=2048
    )
    assert read_wishes(config) == Wishes(
        workers=4, threads=2, worker_concurrency=3, max_connections=200, timeout=20.0, memory=2 * 1024**3
    )

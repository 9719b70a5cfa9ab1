from __future__ import annotations

import pytest

from tenfold.config import UpConfig
from tenfold.topology.model import Wishes, Work
from tenfold.topology.wishes import read_wishes, settle_pooling


def test_an_empty_configuration_wishes_nothing() -> None:
    assert read_wishes(UpConfig()) == Wishes()


def test_every_configured_number_is_wished_and_memory_is_in_bytes() -> None:
    config = UpConfig(
        workers=4, threads=2, worker_concurrency=3, max_connections=200, timeout=20.0, memory=2048
    )
    assert read_wishes(config) == Wishes(
        workers=4, threads=2, worker_concurrency=3, max_connections=200, timeout=20.0, memory=2 * 1024**3
    )


@pytest.mark.parametrize(
    ("pooler", "found", "wanted"),
    [
        ("auto", True, (True, True)),
        ("auto", False, (False, True)),
        ("pgbouncer", False, (True, True)),
        ("pool", True, (False, True)),
        ("persistent", True, (False, False)),
    ],
)
def test_the_configured_pooler_decides_how_connections_are_kept(
    pooler: str, found: bool, wanted: tuple[bool, bool]
) -> None:
    work = settle_pooling(Work(), UpConfig(pooler=pooler), pgbouncer=found)
    assert (work.pooler, work.pool) == wanted


def test_a_kept_database_gets_no_pooler_before_it() -> None:
    assert not settle_pooling(Work(), UpConfig(database="keep"), pgbouncer=True).pooler


def test_what_cannot_pool_is_not_made_to_by_configuration() -> None:
    assert not settle_pooling(Work(pool=False), UpConfig(pooler="pool"), pgbouncer=False).pool

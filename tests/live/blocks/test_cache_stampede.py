"""Many who miss at the same moment, on a real server: one computes."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_tenfold.cache.values import aget_or_compute, get_or_compute

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database", "valkey_cache")]
CALLERS = 20


def test_threads_that_miss_together_compute_once() -> None:
    calls: list[int] = []
    together, asked = threading.Barrier(CALLERS), threading.Event()

    def make() -> str:
        calls.append(1)
        asked.wait(0.3)  # never set: the others find the lock taken meanwhile
        return "made"

    def ask() -> str:
        together.wait(20)
        return get_or_compute("herd", make, tags=["x"])

    with ThreadPoolExecutor(CALLERS) as pool:
        assert [one.result() for one in [pool.submit(ask) for _ in range(CALLERS)]] == ["made"] * CALLERS
    assert len(calls) == 1


def test_coroutines_that_miss_together_compute_once_in_each_loop() -> None:
    calls: list[int] = []

    async def make() -> str:
        calls.append(1)
        await asyncio.sleep(0.1)
        return "made"

    async def ask() -> list[str]:
        told = await asyncio.gather(*(aget_or_compute("async", make) for _ in range(CALLERS)))
        await close()
        return told

    async def close() -> None:
        from django_tenfold.cache.tags.store import RedisStore, get_store

        store = get_store()
        assert isinstance(store, RedisStore)
        await store._async.get().aclose()

    for _ in range(2):
        assert asyncio.run(ask()) == ["made"] * CALLERS
    assert len(calls) == 1

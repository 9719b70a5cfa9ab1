from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from django_tenfold.accounts.attempt_store import BETWEEN_REPORTS, REST, AttemptStore

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "django.core.cache.backends.locmem.LocMemCache"
NOWHERE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
}


class BrokenCache(LocMemCache):
    """Fails when `down`; counts how often it was asked."""

    down = False
    asked = 0

    def add(self, *args: Any, **more: Any) -> Any:
        BrokenCache.asked += 1
        if self.down:
            raise ConnectionError("gone")
        return super().add(*args, **more)


class ForgetfulCache(LocMemCache):
    """Its keys expire inside `incr`, as they can on a real server."""

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        self.delete(key)
        return super().incr(key, delta, version)


@pytest.fixture
def broken() -> Iterator[type[BrokenCache]]:
    BrokenCache.down, BrokenCache.asked = False, 0
    with override_settings(CACHES={"default": {"BACKEND": f"{__name__}.BrokenCache", "LOCATION": "broken"}}):
        yield BrokenCache
        BrokenCache.down = False
        cache.clear()


def make_store(now: list[float] | None = None) -> AttemptStore:
    moment = now if now is not None else [0.0]
    return AttemptStore(lambda: "default", clock=lambda: moment[0])


def test_counters_count_up_and_down(broken: object) -> None:
    store = make_store()
    assert [store.count("a", 60) for _ in range(3)] == [1, 2, 3]
    store.uncount("a")
    store.uncount("never")
    assert store.count("a", 60) == 3


def test_of_many_that_claim_at_once_one_is_told_so(broken: object) -> None:
    store = make_store()
    with ThreadPoolExecutor(8) as pool:
        told = [*pool.map(lambda number: store.claim("a", number, 60), range(40))]
    assert told.count(True) == 1
    store.forget(["a"])
    assert store.claim("a", 1, 60)


def test_a_process_counts_alone_while_the_cache_is_gone(
    broken: type[BrokenCache], caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    store = make_store(now)
    assert store.count("a", 60) == 1
    broken.down = True
    with caplog.at_level(logging.ERROR):
        assert [store.count("a", 60) for _ in range(4)] == [1, 2, 3, 4]
    assert broken.asked == 2  # it rests: one attempt has met the failure, the others did not wait for it
    assert [one.message for one in caplog.records] == [
        "The cache 'default', which counts failed logins, failed: this process counts alone. ConnectionError: gone"
    ]


def test_the_cache_is_asked_again_after_its_rest(broken: type[BrokenCache]) -> None:
    now = [100.0]
    store = make_store(now)
    broken.down = True
    store.count("a", 60)
    broken.down = False
    now[0] += REST
    assert [store.count("a", 60), store.count("a", 60)] == [1, 2]
    assert broken.asked == 3


def test_a_cache_that_stays_gone_is_reported_once_a_minute(
    broken: type[BrokenCache], caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    store = make_store(now)
    broken.down = True
    for _ in range(int(BETWEEN_REPORTS / REST) + 1):
        store.count("a", 60)
        now[0] += REST
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "entry",
    [
        NOWHERE["default"],
        {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        {"BACKEND": f"{__name__}.ForgetfulCache", "LOCATION": "forgetful"},
    ],
)
def test_what_keeps_no_count_is_as_good_as_gone(entry: dict[str, str]) -> None:
    with override_settings(CACHES={"default": entry}):
        store = make_store()
        assert [store.count("a", 60), store.count("a", 60)] == [1, 2]


def test_what_one_process_keeps_is_bounded(
    broken: type[BrokenCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_tenfold.accounts.attempt_store.KEPT_HERE", 50)
    store = make_store()
    broken.down = True
    for number in range(500):
        store.count(f"key{number}", 60)
    assert len(store._own._cache) <= 50

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from django_tenfold.observability.metrics_caches import ERRORS, HITS, MISSES, _make_counted
from django_tenfold.observability.record import Record, current

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gone(BaseCache):
    """A cache whose server is gone."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, *_: Any, **__: Any) -> Any:
        raise ConnectionError

    set = get_many = get


class Bulk(LocMemCache):
    """One that asks for many keys at once."""

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return {key: 1 for key in keys if key == "there"}


def make(backend: Any, alias: str) -> Any:
    return _make_counted(lambda alias: backend(alias, {}))(alias)


def counts(alias: str) -> tuple[float, float, float]:
    return tuple(metric.labels(alias)._value.get() for metric in (HITS, MISSES, ERRORS))  # type: ignore[return-value]


@pytest.fixture
def record() -> Iterator[Record]:
    made = Record("id", 0.0)
    token = current.set(made)
    yield made
    current.reset(token)


def test_hits_and_misses_are_counted_and_a_kept_none_is_a_hit(record: Record) -> None:
    cache = make(LocMemCache, "first")
    cache.set("none", None)
    assert (cache.get("none", 7), cache.get("nothing", 7), cache.get("nothing")) == (None, 7, None)
    assert counts("first") == (1, 2, 0)
    assert (record.cache_hits, record.cache_misses) == (1, 2)


def test_a_counted_cache_is_still_its_own_class() -> None:
    cache = make(LocMemCache, "second")
    assert isinstance(cache, LocMemCache)
    assert (type(cache).__name__, type(cache).__module__) == ("LocMemCache", LocMemCache.__module__)
    assert type(cache) is type(make(LocMemCache, "second"))


def test_many_keys_are_counted_once_each() -> None:
    cache = make(Bulk, "third")
    assert cache.get_many(key for key in ("there", "gone", "lost")) == {"there": 1}
    assert counts("third") == (1, 2, 0)
    plain = make(LocMemCache, "fourth")
    plain.set("there", 1)
    plain.get_many(["there", "gone"])
    assert counts("fourth") == (1, 1, 0)


def test_the_pages_own_look_ups_are_not_counted() -> None:
    assert make(Bulk, "fifth").get_many_uncounted(["there", "gone"]) == {"there": 1}
    assert counts("fifth") == (0, 0, 0)


def test_async_look_ups_are_counted_once() -> None:
    cache = make(LocMemCache, "sixth")
    assert async_to_sync(cache.aget)("nothing") is None
    assert counts("sixth") == (0, 1, 0)


@pytest.mark.parametrize("call", ["get", "set", "get_many"])
def test_a_failure_is_counted_and_still_raised(call: str) -> None:
    alias = f"gone-{call}"
    with pytest.raises(ConnectionError):
        getattr(make(Gone, alias), call)("key", 1)
    assert counts(alias) == (0, 0, 1)

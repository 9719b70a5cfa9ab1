from __future__ import annotations

import pytest
from django.core.cache import caches
from django.test import override_settings

from django_tenfold.conf.caches import build_cache
from django_tenfold.conf.variables import MalformedError

REDIS = "django.core.cache.backends.redis.RedisCache"
LIMITS = {"socket_connect_timeout": 1.0, "socket_timeout": 1.0, "health_check_interval": 30}


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("redis://:p%2Fw@h:1/2", "redis://:p%2Fw@h:1/2"),
        ("rediss://h", "rediss://h"),
        ("valkey://h/1", "redis://h/1"),
        ("valkeys://h/1", "rediss://h/1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis://a/0,redis://b/0", ["redis://a/0", "redis://b/0"]),
    ],
)
def test_a_redis_does_not_hold_the_request_it_should_speed_up(url: str, location: object) -> None:
    entry = build_cache(url, prefix="shop")
    assert entry == {
        "BACKEND": REDIS,
        "LOCATION": location,
        "KEY_PREFIX": "shop",
        "TIMEOUT": 300,
        "OPTIONS": LIMITS,
    }


def test_options_of_the_url_win_and_are_passed_on() -> None:
    entry = build_cache(
        "redis://h?socket_timeout=0.2&max_connections=50&ttl=60&key_prefix=v2&db=3", prefix="shop"
    )
    assert (entry["KEY_PREFIX"], entry["TIMEOUT"], entry["LOCATION"]) == ("v2", 60, "redis://h")
    assert entry["OPTIONS"] == {**LIMITS, "socket_timeout": 0.2, "max_connections": 50, "db": 3}


def test_entries_can_live_for_ever() -> None:
    assert build_cache("redis://h", timeout=None)["TIMEOUT"] is None
    assert build_cache("redis://h?ttl=5", timeout=None)["TIMEOUT"] == 5


@pytest.mark.parametrize(
    ("url", "backend", "location"),
    [
        ("memcached://h", "PyMemcacheCache", ["h:11211"]),
        ("memcached://a:1,memcached://b:2", "PyMemcacheCache", ["a:1", "b:2"]),
        ("memcached:///run/m.sock", "PyMemcacheCache", ["unix:/run/m.sock"]),
        ("locmem://", "LocMemCache", ""),
        ("locmem://name", "LocMemCache", "name"),
        ("dummy://", "DummyCache", ""),
        ("file:///var/cache/shop", "FileBasedCache", "/var/cache/shop"),
        ("db://cache_table", "DatabaseCache", "cache_table"),
    ],
)
def test_other_caches_are_made_by_their_scheme(url: str, backend: str, location: object) -> None:
    entry = build_cache(url)
    assert (entry["BACKEND"].rpartition(".")[2], entry["LOCATION"]) == (backend, location)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is empty"),
        ("h:6379", "scheme that is not known"),
        ("redis://h:no", "host or port"),
        ("redis://", "names no host"),
        ("unix://", "names no path"),
        ("redis://a,locmem://", "different kinds"),
        ("redis://h?ttl=soon", "no number of seconds"),
    ],
)
def test_what_is_no_cache_is_told(url: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        build_cache(url)


def test_django_makes_its_client_of_the_entry() -> None:
    entry = build_cache("redis://:p%2Fw@h:1/2?max_connections=5")
    with override_settings(CACHES={"default": entry}):
        pool = caches["default"]._cache.get_client().connection_pool  # type: ignore[attr-defined]
    made = pool.make_connection()
    assert (made.host, made.port, made.db, made.password) == ("h", 1, 2, "p/w")
    assert (made.socket_timeout, pool.max_connections) == (1.0, 5)

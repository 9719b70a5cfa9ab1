"""What `Environment.caches()` promises, on a real Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis
from django.core.cache import cache
from django.test import override_settings

from django_tenfold.conf import Environment
from tests.django_tenfold.conf.reading_environment import set_variables
from tests.live.stack.driving import free_port

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


def test_the_cache_of_the_url_is_the_one_that_is_used(
    valkey_cache: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, CACHE_URL=f"{valkey_cache.cache_url}?key_prefix=shop&ttl=60")
    with override_settings(CACHES=Environment().caches()):
        cache.set("a", 1)
        assert cache.get("a") == 1
        client = redis.Redis.from_url(valkey_cache.cache_url)
        assert client.get("shop:1:a") == b"1"
        assert 0 < client.ttl("shop:1:a") <= 60  # type: ignore[operator]
        client.close()


def test_a_connection_that_the_server_closed_is_replaced(
    valkey_cache: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, CACHE_URL=valkey_cache.cache_url)
    with override_settings(CACHES=Environment().caches()):
        cache.set("a", 1)
        valkey_cache.kill("cache")
        valkey_cache.start("cache")
        assert cache.get("b", "none") == "none"


def test_a_cache_that_is_gone_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, not tried again and again: the request goes on as its caller decides."""
    tries = 0
    set_variables(monkeypatch, CACHE_URL=f"redis://127.0.0.1:{free_port()}/0")
    connect = redis.Connection._connect

    def count(self: redis.Connection) -> object:
        nonlocal tries
        tries += 1
        return connect(self)

    monkeypatch.setattr(redis.Connection, "_connect", count)
    with override_settings(CACHES=Environment().caches()), pytest.raises(redis.ConnectionError):
        cache.get("a")
    assert tries == 1

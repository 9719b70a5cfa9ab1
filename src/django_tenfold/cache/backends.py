"""Django's Redis cache for sites that must answer without it.

    CACHES = {"default": {"BACKEND": "django_tenfold.cache.backends.FailOpenRedisCache",
                          "LOCATION": "redis://cache:6379/0"}}

While the server is gone or slow every key is missing and nothing is stored: `get` gives the default, `add`,
`touch` and `delete` say False, `set_many` names all keys as failed, `incr` raises ValueError as for any key that
is not there. One question in each `rest_seconds` tries the server. Errors of use (a counter that is no number)
are raised as ever.

The connections are the process's: Django's own backend has a pool for each thread, and under ASGI makes a
connection for each request. Coroutines wait in a thread only while the server answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from django_tenfold.cache.breaker import get_breaker
from django_tenfold.cache.redis_clients import FAILURES, fill_options, is_refusal, name_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_clients: dict[tuple[str, str], Any] = {}
"""Of the process; pools of redis-py are safe for threads and forks."""


class FailOpenRedisCache(RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._breaker = get_breaker(name_server(self._servers))

    @property
    def _cache(self) -> Any:
        key = (repr(self._servers), repr(sorted(self._options.items())))
        client = _clients.get(key)
        if client is None:
            made = RedisCacheClient(self._servers, **fill_options(self._options))
            client = _clients.setdefault(key, made)
        return client

    def _try(self, ask: Callable[..., Any], *args: Any, otherwise: Any, **more: Any) -> Any:
        if not self._breaker.allows():
            return otherwise
        try:
            answer = ask(*args, **more)
        except FAILURES as error:
            self._breaker.fail(error)
            return otherwise
        except BaseException as error:
            if isinstance(error, Exception) and is_refusal(error):
                self._breaker.fail(error, rest=False)
                return otherwise
            self._breaker.succeed()  # it answered
            raise
        self._breaker.succeed()
        return answer

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._try(super().add, key, value, timeout, version, otherwise=False))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._try(super().get, key, default, version, otherwise=default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._try(super().set, key, value, timeout, version, otherwise=None)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._try(super().touch, key, timeout, version, otherwise=False))

    def delete(self, key: Any, version: Any = None) -> bool:
        return bool(self._try(super().delete, key, version, otherwise=False))

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        found: dict[Any, Any] = self._try(super().get_many, keys, version, otherwise=None)
        return found or {}

    def has_key(self, key: Any, version: Any = None) -> bool:
        return bool(self._try(super().has_key, key, version, otherwise=False))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Raises ValueError where the key is not there, or cannot be asked for."""
        count = self._try(super().incr, key, delta, version, otherwise=None)
        if count is None:
            raise ValueError(f"Key '{key}' not found: the cache does not answer.")
        return int(count)

    def set_many(
        self, data: dict[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> list[Any]:
        failed = self._try(super().set_many, data, timeout, version, otherwise=None)
        return list(data) if failed is None else failed

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        self._try(super().delete_many, list(keys), version, otherwise=None)

    def clear(self) -> bool:
        return bool(self._try(super().clear, otherwise=False))

    async def aget(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return await self._atry(self.get, key, default, version, otherwise=default)

    async def aset(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        await self._atry(self.set, key, value, timeout, version, otherwise=None)

    async def aget_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        found: dict[Any, Any] = await self._atry(self.get_many, list(keys), version, otherwise=None)
        return found or {}

    async def _atry(self, ask: Callable[..., Any], *args: Any, otherwise: Any) -> Any:
        """Redis blocks for as long as its timeout: not the thread that all synchronous code shares."""
        if self._breaker.rests():
            return otherwise
        return await sync_to_async(ask, thread_sensitive=False)(*args)

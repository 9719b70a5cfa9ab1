"""Where entries, tags and locks are kept: one question at a time, to Redis or Valkey or to any other cache.

Redis does each question in one step. Other caches (LocMemCache for development and tests) are asked under a
lock of the process, which is exact for one process and not for several: a system check says so.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.core.signals import setting_changed

from django_tenfold.cache.breaker import get_breaker
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags import scripts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django_tenfold.cache.version_checks import VersionCheck

READ, WRITE, CLAIM, DROP = "read", "write", "claim", "drop"
ENSURE, MARK, RELEASE, FREE = "ensure", "mark", "release", "free"
SCRIPTS = {
    ENSURE: scripts.ENSURE,
    MARK: scripts.MARK,
    RELEASE: scripts.RELEASE,
    FREE: scripts.FREE,
}
_DIGESTS = {
    name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in SCRIPTS.items()
}
_SAFE = ":.*/@-_"
CLOCK = "tenfold.clock"
VERSIONS_LAST = 30 * 86_400_000
"""Milliseconds after which an unchanged tag's version goes; what was cached under it is then computed anew."""


class StoreGoneError(Exception):
    """The server cannot be asked now, or refused."""


class RedisStore:
    """Asks the first server of the entry: a replica may not have heard of a purge."""

    def __init__(self, cache: RedisCache) -> None:
        from django_tenfold.cache import raw_links, redis_clients

        self._clients = redis_clients
        self._raw = raw_links
        self.breaker = get_breaker(redis_clients.name_server(cache._servers))
        clock = cache.make_key(CLOCK)
        self._client = redis_clients.get_client(cache._servers[0], cache._options, clock)
        self._held = threading.local()
        self._async = redis_clients.AsyncClients(cache._servers[0], cache._options, clock)
        self._links = raw_links.Links(self._async)

    def ask(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        try:
            try:
                answer = self._exchange(_write_command(name, keys, args))
            except self._clients.NOT_LOADED:
                answer = self._exchange(("EVAL", SCRIPTS[name], len(keys), *keys, *args))
        except (*self._clients.FAILURES, *self._clients.REFUSALS) as error:
            raise self._tell(error) from error
        self.breaker.succeed()
        return answer

    def _exchange(self, command: tuple[Any, ...]) -> Any:
        """By a connection of this thread: taking one from the pool and giving it back costs as much as the question."""
        connection = self._hold()
        try:
            connection.send_command(*command)
            return connection.read_response()
        except self._clients.LOST:  # the server closed it meanwhile, or restarted: once more, on a new one
            connection.disconnect()
            connection.send_command(*command)
            return connection.read_response()
        except self._clients.SLOW:
            connection.disconnect()
            raise

    def _hold(self) -> Any:
        held = self._held
        connection = getattr(held, "connection", None)
        if connection is None or held.pid != os.getpid():
            pool = self._client.connection_pool
            connection = held.connection = pool.connection_class(**pool.connection_kwargs)
            held.pid = os.getpid()
        return connection

    def confirm(self, check: VersionCheck) -> bool:
        """Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        try:
            confirmed = self._raw.confirm(self._hold(), check)
        except self._clients.FAILURES as error:
            raise self._tell(error) from error
        self.breaker.succeed()
        return confirmed

    async def aconfirm(self, check: VersionCheck) -> bool:
        """Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        try:
            confirmed = await self._links.confirm(check)
        except self._clients.FAILURES as error:
            raise self._tell(error) from error
        self.breaker.succeed()
        return confirmed

    async def aclose(self) -> None:
        """What the running event loop has open."""
        await self._links.aclose()
        await self._async.get().aclose()

    async def aask(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        client = self._async.get()
        try:
            try:
                answer = await client.execute_command(*_write_command(name, keys, args))
            except self._clients.NOT_LOADED:
                answer = await client.execute_command("EVAL", SCRIPTS[name], len(keys), *keys, *args)
        except (*self._clients.FAILURES, *self._clients.REFUSALS) as error:
            raise self._tell(error) from error
        self.breaker.succeed()
        return answer

    def write_many(self, values: Mapping[str, bytes], milliseconds: int) -> None:
        """In one exchange. Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for key, value in values.items():
                    pipeline.set(key, value, px=milliseconds)
                pipeline.execute()
        except (*self._clients.FAILURES, *self._clients.REFUSALS) as error:
            raise self._tell(error) from error
        self.breaker.succeed()

    def _tell(self, error: Exception) -> StoreGoneError:
        self.breaker.fail(error, rest=not isinstance(error, self._clients.REFUSALS))
        return StoreGoneError(str(error))


def _write_command(name: str, keys: Sequence[str], args: tuple[Any, ...]) -> tuple[Any, ...]:
    if name == READ:
        return ("MGET", *keys)
    if name == WRITE:
        return ("SET", keys[0], args[0], "PX", args[1])
    if name == CLAIM:
        return ("SET", keys[0], args[0], "PX", args[1], "NX")
    if name == DROP:
        return ("DEL", *keys)
    return ("EVALSHA", _DIGESTS[name], len(keys), *keys, *args)


class PlainStore:
    """The same on any cache of Django, for one process."""

    _lock = threading.RLock()  # of the process; a Writer may be deleted, and purge, within a question

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def ask(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        act: Callable[..., Any] = getattr(self, f"_{name}")
        with self._lock:
            return act(keys, *args)

    async def aask(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """In a thread: the cache may be a database or a file."""
        from asgiref.sync import sync_to_async

        return await sync_to_async(self.ask)(name, keys, *args)

    def write_many(self, values: Mapping[str, bytes], milliseconds: int) -> None:
        with self._lock:
            self._cache.set_many(values, max(1, milliseconds // 1000))

    def _read(self, keys: Sequence[str]) -> list[Any]:
        found = self._cache.get_many(keys)
        return [found.get(key) for key in keys]

    def _write(self, keys: Sequence[str], value: bytes, milliseconds: int) -> None:
        self._cache.set(keys[0], value, max(1, milliseconds // 1000))

    def _claim(self, keys: Sequence[str], value: str, milliseconds: int) -> bool:
        return bool(self._cache.add(keys[0], value.encode(), max(1, milliseconds // 1000)))

    def _drop(self, keys: Sequence[str]) -> None:
        self._cache.delete_many(keys)

    def _free(self, keys: Sequence[str], value: str) -> None:
        if self._cache.get(keys[0]) == value.encode():
            self._cache.delete(keys[0])

    def _ensure(self, keys: Sequence[str], random: str, milliseconds: int) -> list[bytes]:
        clock = self._cache.get(keys[0]) or f"{random}.0".encode()
        incarnation, _, number = clock.rpartition(b".")
        count, told = int(number), []
        for key in keys[1:]:
            version = self._cache.get(key)
            if version is None or not version.startswith((b"!", incarnation + b".")):
                count += 1
                version = incarnation + b".%d" % count
                self._cache.set(key, version, milliseconds // 1000)
            told.append(version)
        clock = incarnation + b".%d" % count
        self._cache.set(keys[0], clock, None)
        return [clock, *told]

    def _writers(self, key: str, token: str) -> dict[str, int]:
        """Deadlines in ms by token, without `token`."""
        held = self._cache.get(key) or b""
        if not held.startswith(b"!"):
            return {}
        each = (one.partition(".") for one in held[1:].decode().split(","))
        now = time.time() * 1000
        return {mine: int(until) for until, _, mine in each if mine != token and int(until) > now}

    def _close(self, key: str, writers: dict[str, int]) -> None:
        text = ",".join(f"{until}.{token}" for token, until in writers.items())
        self._cache.set(key, f"!{text}".encode(), max(1.0, max(writers.values()) / 1000 - time.time()))

    def _mark(self, keys: Sequence[str], token: str, milliseconds: int) -> None:
        for key in keys:
            self._close(key, {**self._writers(key, token), token: int(time.time() * 1000) + milliseconds})

    def _release(self, keys: Sequence[str], token: str, settle: int) -> None:
        for key in keys:
            left = self._writers(key, token)
            if settle:
                left[f"{token}-"] = int(time.time() * 1000) + settle
            if left:
                self._close(key, left)
            else:
                self._cache.delete(key)


class StoreOfSettings:
    """The store that the settings name, made once; and the names of keys in it."""

    def __init__(self) -> None:
        self._store: RedisStore | PlainStore | None = None
        setting_changed.connect(self._forget)

    def __call__(self) -> RedisStore | PlainStore:
        store = self._store
        if store is None:
            store = self._store = _make_store()
        return store

    def _forget(self, *, setting: str, **_: object) -> None:
        if setting in {"CACHES", "TENFOLD_CACHE"}:
            self._store = None
            _prefix.clear()


get_store = StoreOfSettings()
_prefix: dict[str, str] = {}
"""What KEY_PREFIX and VERSION put before a key, for each alias: asked for each key it would cost a microsecond."""


def _make_store() -> RedisStore | PlainStore:
    cache = caches[options().alias]
    return RedisStore(cache) if isinstance(cache, RedisCache) else PlainStore(cache)


def name_key(key: str) -> str:
    """As it stands in the server."""
    store = get_store()
    if isinstance(store, PlainStore):
        return quote(key, safe=_SAFE)  # Django warns of characters that memcached does not take
    alias = options().alias
    prefix = _prefix.get(alias)
    if prefix is None:
        prefix = _prefix[alias] = caches[alias].make_key("")
    return prefix + key


def make_token() -> str:
    return secrets.token_hex(8)

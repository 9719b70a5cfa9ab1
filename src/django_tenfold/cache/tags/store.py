"""Where entries, tags and locks are kept: one question at a time, to Redis or Valkey or to any other cache.

Redis does each question in one step; what other caches do instead is in `plain_store`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.core.signals import setting_changed

from django_tenfold.cache.breaker import get_breaker
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags import scripts
from django_tenfold.cache.tags.plain_store import PlainStore, name_plain_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        held = self._take()
        try:
            try:
                answer = self._exchange(_write_command(name, keys, args))
            except self._clients.NOT_LOADED:
                answer = self._exchange(("EVAL", SCRIPTS[name], len(keys), *keys, *args))
        except (*self._clients.FAILURES, self._clients.REPLIES) as error:
            raise self._tell(error) from error
        finally:
            held.busy = False
        self.breaker.succeed()
        return answer

    def _take(self) -> Any:
        """The thread's connection, for one question and its answer.

        Python may collect a Writer, which asks too, in the midst of another question: what comes along the
        connection then is not the answer to its own. Raises StoreGoneError.
        """
        held = self._held
        if getattr(held, "busy", False):
            raise StoreGoneError("This thread waits for another answer.")
        held.busy = True
        if self.breaker.allows():
            return held
        held.busy = False
        raise StoreGoneError

    def _exchange(self, command: tuple[Any, ...]) -> Any:
        """By a connection of this thread: taking one from the pool and giving it back costs as much as the question."""
        connection = self._hold()
        try:
            try:
                connection.send_command(*command)
                return connection.read_response()
            except (
                self._clients.LOST
            ):  # the server closed it meanwhile, or restarted: once more, on a new one
                connection.disconnect()
                connection.send_command(*command)
                return connection.read_response()
        except self._clients.REPLIES:
            raise
        except (
            BaseException
        ):  # slow, or interrupted: an answer that comes late is not that to another question
            connection.disconnect()
            raise

    def _hold(self) -> Any:
        own = getattr(self._held, "own", None)
        if own is None or own.pid != os.getpid():
            pool = self._client.connection_pool
            made = pool.connection_class(**pool.connection_kwargs)
            own = self._held.own = self._clients.OwnConnection(made)
        return own.connection

    def confirm(self, check: VersionCheck) -> bool:
        """Raises StoreGoneError."""
        held = self._take()
        try:
            confirmed = self._raw.confirm(self._hold(), check)
        except (*self._clients.FAILURES, self._clients.REPLIES) as error:
            raise self._tell(error) from error
        finally:
            held.busy = False
        self.breaker.succeed()
        return confirmed

    async def aconfirm(self, check: VersionCheck) -> bool:
        """Raises StoreGoneError."""
        if not self.breaker.allows():
            raise StoreGoneError
        try:
            confirmed = await self._links.confirm(check)
        except (*self._clients.FAILURES, self._clients.REPLIES) as error:
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
        except (*self._clients.FAILURES, self._clients.REPLIES) as error:
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
        except (*self._clients.FAILURES, self._clients.REPLIES) as error:
            raise self._tell(error) from error
        self.breaker.succeed()

    def _tell(self, error: Exception) -> StoreGoneError:
        self.breaker.fail(error, rest=not isinstance(error, self._clients.REPLIES))
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
        return name_plain_key(key)
    alias = options().alias
    prefix = _prefix.get(alias)
    if prefix is None:
        prefix = _prefix[alias] = caches[alias].make_key("")
    return prefix + key


def make_token() -> str:
    return secrets.token_hex(8)

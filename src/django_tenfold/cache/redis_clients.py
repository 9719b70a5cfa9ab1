"""Connections to Redis or Valkey that all threads of a process share, made from an entry of CACHES.

A connection asks once, when it is made, which run of the server it reached: after a restart, a restored
snapshot or a failover everything that was cached before is distrusted (see `tag_scripts.ADOPT`).
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
import weakref
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.scripts import ADOPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAILURES = (redis.ConnectionError, redis.TimeoutError, OSError)
"""The server is gone, slow or starting."""
REFUSALS = (redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError)
"""It answers, but does not take this write."""
LOST = redis.ConnectionError
REPLIES = redis.ResponseError
"""Errors that are the server's answer."""
_STATES = ("MISCONF", "NOREPLICAS", "BUSY", "CLUSTERDOWN", "TRYAGAIN")
"""Its disk is full, its replicas are gone, a script runs, ...: errors of the server and not of the question."""
NOT_LOADED = redis.exceptions.NoScriptError
_NOT_FOR_CONNECTIONS = frozenset({"pool_class", "serializer", "parser_class"})
_RUN = re.compile(rb"run_id:(\w+)")


def fill_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """OPTIONS with what keeps a dead server from holding requests.

    redis-py would try three times with growing pauses; one more try is enough for a connection that the
    server closed meanwhile. A timeout is not tried again.
    """
    seconds = options().timeout_seconds
    return {
        "socket_connect_timeout": seconds,
        "socket_timeout": seconds,
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        **given,
    }


class OwnConnection:
    """A connection for one thread, closed when the thread ends: redis-py's are cycles, whose sockets stay open until
    Python collects."""

    __slots__ = ("connection", "pid")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.pid = os.getpid()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.connection.disconnect()


def is_refusal(error: Exception) -> bool:
    """Whether the server answers, but cannot do this now."""
    return isinstance(error, REFUSALS) or (isinstance(error, REPLIES) and str(error).startswith(_STATES))


def name_server(servers: Sequence[str]) -> str:
    """Its address as logs may show it: without user, password and query."""
    return servers[0].partition("?")[0].rpartition("@")[2].rpartition("//")[2]


_clients: dict[tuple[str, str, str], Any] = {}
"""Of the process: Django makes a cache object for each thread, and under ASGI for each request."""


def get_client(url: str, given: Mapping[str, Any], clock: str) -> Any:
    """The process's client; its pool is safe for threads and forks. `clock` is the key that ADOPT keeps."""
    key = (url, repr(sorted(given.items())), clock)
    client = _clients.get(key)
    if client is None:
        client = _clients.setdefault(key, _make_client(url, given, clock))
    return client


def _make_client(url: str, given: Mapping[str, Any], clock: str) -> Any:
    chosen = {name: value for name, value in given.items() if name not in _NOT_FOR_CONNECTIONS}

    def greet(connection: Any) -> None:
        connection.on_connect()
        connection.send_command("INFO", "server")
        run = _find_run(connection.read_response())
        connection.send_command("EVAL", ADOPT, 1, clock, run, secrets.token_hex(8))
        connection.read_response()

    pool = redis.ConnectionPool.from_url(url, redis_connect_func=greet, **fill_options(chosen))
    return redis.Redis(connection_pool=pool)


class AsyncClients:
    """One client for each running event loop: asyncio connections cannot leave theirs."""

    def __init__(self, url: str, given: Mapping[str, Any], clock: str) -> None:
        self._url = url
        self._clock = clock
        self._options = fill_options(
            {name: value for name, value in given.items() if name not in _NOT_FOR_CONNECTIONS}
        )
        if "retry" not in given:
            self._options["retry"] = AsyncRetry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        self._clients: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def get(self) -> Any:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._make()
        return client

    def _make(self) -> Any:
        clock = self._clock

        async def greet(connection: Any) -> None:
            await connection.on_connect()
            await connection.send_command("INFO", "server")
            run = _find_run(await connection.read_response())
            await connection.send_command("EVAL", ADOPT, 1, clock, run, secrets.token_hex(8))
            await connection.read_response()

        pool = redis.asyncio.ConnectionPool.from_url(self._url, redis_connect_func=greet, **self._options)
        return redis.asyncio.Redis.from_pool(pool)


def _find_run(told: bytes) -> bytes:
    """Without a run_id (a proxy that hides it) each connection would be a new run: then it is always the same."""
    found = _RUN.search(told)
    return found[1] if found else b"unknown"

"""The store on any other cache of Django: LocMemCache for development and tests, files, tables, memcached.

They are asked under a lock of the process, which is exact for one process and not for several: a system check says so.
"""

from __future__ import annotations

import threading
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SAFE = ":.*/@-_"
_LONGEST = 200
"""Memcached takes 250 bytes, tables of Django 255, with KEY_PREFIX and VERSION before the key."""


def name_plain_key(key: str) -> str:
    """Django warns of characters that memcached does not take, and memcached refuses what is long."""
    text = quote(key, safe=_SAFE)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 33]}.{blake2b(text.encode(), digest_size=16).hexdigest()}"


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

"""Whether a kept page is valid still, asked in one exchange whose question and answer are known beforehand.

The versions of an entry's tags are known, so all of the right answer is but for the number of the clock: bytes
are sent and compared, nothing is encoded or decoded. That is a tenth of what redis-py needs for the same.
https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django_tenfold.cache.entries import is_valid
from django_tenfold.cache.tags.store import CLOCK, READ, RedisStore, name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.cache.entries import Entry
    from django_tenfold.cache.tags.plain_store import PlainStore

CHUNK = 4096
"""Bytes that are read at once: a version has some 70."""


@dataclass(frozen=True, slots=True)
class VersionCheck:
    """The question for one entry, and the answer that confirms it."""

    entry: Entry
    """Without its value."""
    keys: tuple[str, ...]
    """Of the tags, then the clock's, as they stand in the server."""
    command: bytes
    start: bytes = field(repr=False)
    """Of the answer: all but the clock."""
    incarnation: bytes = field(repr=False)

    def is_confirmed_by(self, told: bytes) -> bool:
        """`told` is one whole answer."""
        start = self.start
        return told.startswith(start) and told.startswith(self.incarnation, told.find(b"\n", len(start)) + 1)


def prepare_check(entry: Entry) -> VersionCheck:
    keys = tuple(map(name_key, (*entry.versions, CLOCK)))
    answered = _write_array([*entry.versions.values(), None])
    return VersionCheck(
        replace(entry, value=None),
        keys,
        _write_array([b"MGET", *map(str.encode, keys)]),
        answered,
        entry.incarnation + b".",
    )


def _write_array(parts: Sequence[bytes | None]) -> bytes:
    """As the protocol has it; None for a part that is left out, though counted."""
    told = [b"*%d\r\n" % len(parts)]
    told += [b"$%d\r\n%b\r\n" % (len(one), one) for one in parts if one is not None]
    return b"".join(told)


def find_end(told: bytes, place: int = 0) -> int:
    """Where the array of strings that begins at `place` ends; -1 while it has not all come.

    Raises ValueError for anything else: an error of the server, a message that nobody asked for.
    """
    line = told.find(b"\r\n", place)
    if line < 0:
        return -1
    if told[place : place + 1] != b"*":
        raise ValueError(told[place:line].decode("utf-8", "replace"))
    count, place = int(told[place + 1 : line]), line + 2
    for _ in range(count):
        line = told.find(b"\r\n", place)
        if line < 0:
            return -1
        kind = told[place : place + 1]
        if kind not in (b"$", b"_"):
            raise ValueError(told[place:line].decode("utf-8", "replace"))
        length = int(told[place + 1 : line]) if kind == b"$" else -1
        place = line + 2 + (length + 2 if length >= 0 else 0)
    return place if place <= len(told) else -1


def is_still_valid(check: VersionCheck, store: RedisStore | PlainStore) -> bool:
    """Now. Raises StoreGoneError."""
    if isinstance(store, RedisStore):
        return store.confirm(check)
    return _compare(check, store.ask(READ, check.keys))


async def ais_still_valid(check: VersionCheck, store: RedisStore | PlainStore) -> bool:
    """As `is_still_valid`, in the running event loop."""
    if isinstance(store, RedisStore):
        return await store.aconfirm(check)
    return _compare(check, await store.aask(READ, check.keys))


def _compare(check: VersionCheck, told: Sequence[bytes | None]) -> bool:
    *versions, clock = told
    return is_valid(check.entry, clock, dict(zip(check.entry.versions, versions, strict=True)))

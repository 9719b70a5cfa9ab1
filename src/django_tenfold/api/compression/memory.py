"""Bodies that were compressed before, bounded by their bytes: the same body again costs a comparison.

An entry is found by path, length and a sample of the body, and serves when the whole body is the same: no answer
can get another's. To compare 100 KB takes 5 us, a digest of them 60. The first time an entry is only noted: answers
that never come again neither take memory nor drive others out.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

_SAMPLES = 64
"""Bytes of a body that are looked at to find the entry."""

_NOTE = 64
"""Bytes that an entry is counted for beside what it holds."""

Key = tuple[str, str, int, bytes]


class PackedBodies:
    """The last ones used, up to `most` bytes of plain and packed bodies together; threads share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._entries: OrderedDict[Key, tuple[bytes, bytes]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key, body: bytes) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None or not entry[1] or entry[0] != body:
            return None
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
        return entry[1]

    def keep(self, key: Key, body: bytes, packed: bytes) -> None:
        """Where the key was noted, else only that note; a body of more than a quarter of all is not kept."""
        if (len(body) + len(packed)) * 4 > self._most:
            return
        with self._lock:
            before = self._entries.get(key)
            if before is None or before[1]:  # the first, or another body than the one before
                body = packed = b""
            self._drop(key)
            self._entries[key] = (body, packed)
            self._held += _NOTE + len(body) + len(packed)
            while self._held > self._most:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        if key in self._entries:
            body, packed = self._entries.pop(key)
            self._held -= _NOTE + len(body) + len(packed)


def make_key(encoding: str, place: str, body: bytes) -> Key:
    """`place` is what was asked for: two pages of a length are told apart without a look at their middle."""
    return encoding, place, len(body), body[:: len(body) // _SAMPLES + 1]

"""What is stored: a value with the versions of its tags as they were before it was made.

It is valid while every tag still has that version and the clock that incarnation. So nothing has to be checked
when it is stored: a fill that raced a change carries a version that is gone.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KEEP, PASS = 0, 1
"""PASS: there is nothing to keep for this key, do not wait for one another (Varnish's hit-for-pass)."""
MOST_BYTES = 8 * 2**20
"""Of an entry: what takes longer than `timeout_seconds` to send looks like a server that hangs, which is then left
alone by all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`soft` is the wall time (s) from which on it is made anew."""

    kind: int
    incarnation: bytes
    versions: dict[str, bytes]
    soft: float
    value: Any


def pack(entry: Entry) -> bytes:
    told = (entry.kind, entry.incarnation, entry.versions, entry.soft, entry.value)
    return pickle.dumps(told, pickle.HIGHEST_PROTOCOL)


def unpack(text: bytes | None) -> Entry | None:
    """None for what is not there, and for what another release of the project stored and this one cannot read."""
    if text is None:
        return None
    try:
        return Entry(*pickle.loads(text))
    except Exception:  # pickle raises whatever the classes of the project do
        return None


def read_incarnation(clock: bytes | None) -> bytes | None:
    return clock.rpartition(b".")[0] if clock else None


def is_closed(version: bytes | None) -> bool:
    """Whether somebody writes what the tag stands for."""
    return version is not None and version.startswith(b"!")


def is_valid(entry: Entry, clock: bytes | None, versions: Mapping[str, bytes | None]) -> bool:
    """`versions` holds all tags of the entry."""
    if clock is None or not clock.startswith(entry.incarnation + b"."):
        return False
    return all(versions[tag] == version for tag, version in entry.versions.items())


def know_all(versions: Iterable[bytes | None], clock: bytes | None) -> bool:
    """Whether each is a version of this incarnation."""
    incarnation = read_incarnation(clock)
    if incarnation is None:
        return False
    start = incarnation + b"."
    return all(one is not None and one.startswith(start) for one in versions)


def unchanged_since(versions: Sequence[bytes], clock: bytes, *, start: bytes) -> bool:
    """Whether tags that became known while a value was made (`versions` and `clock` are of now) had not changed
    since the clock said `start`: their versions are not newer."""
    incarnation, _, number = start.rpartition(b".")
    if read_incarnation(clock) != incarnation:
        return False
    then = int(number)
    return all(not is_closed(one) and int(one.rpartition(b".")[2]) <= then for one in versions)

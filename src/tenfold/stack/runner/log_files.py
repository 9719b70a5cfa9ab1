"""The logs of a stack's services: their last lines in order of time, and what is added while one looks."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import merge
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from tenfold.stack.runner.log_times import order_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

BLOCK = 65_536
MOST = 4 * 1024 * 1024
"""Bytes that are read of one file at a time: a service that floods its log must not fill the reader's memory."""
LONGEST = 10_000
"""Characters of one line that are shown."""
_NO_ENDS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LogLine:
    service: str
    text: str


def log_file(folder: Path, service: str) -> Path:
    """Where a service's output goes."""
    return folder / "logs" / f"{service}.log"


def last_lines(
    folder: Path, services: Sequence[str], *, count: int, ends: Mapping[str, int] = _NO_ENDS
) -> list[LogLine]:
    """The last `count` lines of all these services together, oldest first; of a file in `ends` those
    before that byte."""
    each = [_dated(folder, service, count, end=ends.get(service)) for service in services]
    merged = [line for _, line in merge(*each, key=itemgetter(0))]
    return merged[-count:] if count else []


def _dated(folder: Path, service: str, count: int, *, end: int | None) -> list[tuple[float, LogLine]]:
    path = log_file(folder, service)
    try:
        changed = path.stat().st_mtime
        lines = read_tail(path, count, end=end)
    except FileNotFoundError:
        return []
    return [(when, LogLine(service, text)) for when, text in order_lines(lines, changed=changed)]


def read_tail(path: Path, count: int, *, end: int | None = None) -> list[str]:
    """The last `count` lines of a file (before the byte `end`), reading no more of it than these need."""
    if count <= 0:
        return []
    with path.open("rb") as file:
        position = start = file.seek(0, os.SEEK_END) if end is None else end
        data = b""
        while position and data.count(b"\n") <= count and start - position < MOST:
            size = min(BLOCK, position)
            position = file.seek(position - size)
            data = file.read(size) + data
    lines = data.split(b"\n")
    whole = lines if not position else lines[1:]  # the first may be cut
    whole = whole[:-1] if whole and not whole[-1] else whole
    return [_decode(line) for line in whole[-count:]]


@dataclass
class _Place:
    """How far one file was read. `rest` is the beginning of a line whose end is not written yet."""

    path: Path
    inode: int = 0
    offset: int = 0
    rest: bytes = field(default=b"")


class Follower:
    """Reads what is added to logs. A file that was replaced or emptied is read from its beginning.

    Of one file no more than the last `most` bytes are read at a time: who watches a flood misses some of it.
    """

    def __init__(self, folder: Path, services: Sequence[str], *, most: int = MOST) -> None:
        self._most = most
        self._places = {service: _Place(log_file(folder, service)) for service in services}
        for place in self._places.values():
            with suppress(FileNotFoundError), place.path.open("rb") as file:
                place.inode, place.offset = os.fstat(file.fileno()).st_ino, _end_of_lines(file)

    @property
    def ends(self) -> Mapping[str, int]:
        """How far each file was read: bytes."""
        return {service: place.offset for service, place in self._places.items()}

    def read(self) -> list[LogLine]:
        """The lines added since the last call, service by service."""
        return [
            LogLine(service, _decode(line))
            for service, place in self._places.items()
            for line in _added(place, self._most)
        ]


def follow(
    folder: Path, services: Sequence[str], *, wait: Callable[[], bool], count: int = 0
) -> Iterator[LogLine]:
    """The last `count` lines, then what is added, until `wait` (which takes its time) gives False."""
    follower = Follower(folder, services)
    yield from last_lines(folder, services, count=count, ends=follower.ends)
    while True:
        yield from follower.read()
        if not wait():
            return


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends: what stands after it is still being written."""
    size = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, size - BLOCK))
    cut = file.read(size - start).rfind(b"\n")
    return start + cut + 1 if cut >= 0 else start


def _added(place: _Place, most: int) -> list[bytes]:
    try:
        with place.path.open("rb") as file:
            now = os.fstat(file.fileno())
            if now.st_ino != place.inode or now.st_size < place.offset:
                place.inode, place.offset, place.rest = now.st_ino, 0, b""
            if now.st_size == place.offset:
                return []
            skips = now.st_size - place.offset > most
            file.seek(now.st_size - most if skips else place.offset)
            data = file.read(most)
            place.offset = file.tell()
    except FileNotFoundError:
        return []
    if skips:  # into the middle of a line
        data, place.rest = data.partition(b"\n")[2], b""
    *lines, place.rest = (place.rest + data).split(b"\n")
    place.rest = place.rest[:LONGEST]
    return lines


def _decode(line: bytes) -> str:
    return line[:LONGEST].decode(errors="replace").rstrip("\r")

"""Tells when logs grow, without asking again and again: the kernel's own notices (inotify).
https://man7.org/linux/man-pages/man7/inotify.7.html
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_IN_MODIFY = 0x2
_IN_CREATE = 0x100
PAUSE = 0.1
"""Seconds in which further notices are gathered: a flood of lines is read ten times a second."""
EACH = 1.0
"""Seconds between looks where no notices are to be had: a user has 128 instances of them, editors take many."""


@contextmanager
def watch_logs(folder: Path, read: Callable[[], None]) -> Iterator[None]:
    """Call `read` soon after something in the folder has grown, and once at the end."""
    descriptor = open_notices(folder)
    watch = _Looks(read) if descriptor < 0 else _Notices(read, descriptor)
    watch.begin()
    try:
        yield
    finally:
        watch.end()
        read()


def open_notices(folder: Path) -> int:
    """A descriptor that can be read when something in the folder has grown; negative where there is none."""
    library = ctypes.CDLL(None)
    descriptor = int(library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    wanted = _IN_MODIFY | _IN_CREATE
    if descriptor >= 0 and library.inotify_add_watch(descriptor, os.fsencode(folder), wanted) < 0:
        os.close(descriptor)
        return -1
    return descriptor


class _Looks:
    """Looks every second."""

    def __init__(self, read: Callable[[], None]) -> None:
        self._read = read
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EACH, self._look)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _look(self) -> None:
        self.begin()
        self._read()


class _Notices:
    """Looks a moment after each notice."""

    def __init__(self, read: Callable[[], None], descriptor: int) -> None:
        self._read = read
        self._descriptor = descriptor
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        asyncio.get_running_loop().add_reader(self._descriptor, self._notice)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _notice(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        self._timer = loop.call_later(PAUSE, self._look)

    def _look(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._descriptor, 65_536):
                pass
        self.begin()
        self._read()

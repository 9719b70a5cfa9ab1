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


@contextmanager
def watch_logs(folder: Path, read: Callable[[], None]) -> Iterator[None]:
    """Call `read` soon after something in the folder has grown. Raises OSError where notices cannot be had."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if (
        descriptor < 0
        or library.inotify_add_watch(descriptor, os.fsencode(folder), _IN_MODIFY | _IN_CREATE) < 0
    ):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    loop = asyncio.get_running_loop()
    later: list[asyncio.TimerHandle] = []

    def look() -> None:
        later.clear()
        with suppress(BlockingIOError):
            while os.read(descriptor, 65_536):
                pass
        loop.add_reader(descriptor, notice)
        read()

    def notice() -> None:
        loop.remove_reader(descriptor)
        later.append(loop.call_later(PAUSE, look))

    loop.add_reader(descriptor, notice)
    try:
        yield
    finally:
        for handle in later:
            handle.cancel()
        loop.remove_reader(descriptor)
        os.close(descriptor)
        read()

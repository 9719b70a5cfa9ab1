"""Which processes live: an id alone can be somebody else's by now, with its time of start it is unique."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = 0
"""Time of start where /proc does not tell it (macOS, BSD): the id alone counts then."""


def is_alive(pid: int, started: int = UNKNOWN) -> bool:
    """Whether the process runs, and is the one that was started at `started` (clock ticks since boot)."""
    try:
        with suppress(PermissionError):  # Another user's: it lives.
            os.kill(pid, 0)
    except ProcessLookupError:
        return False
    now = read_start(pid)
    if now is None:
        return False  # A zombie, or gone meanwhile.
    return UNKNOWN in (started, now) or started == now


def read_start(pid: int) -> int | None:
    """Clock ticks between boot and its start; UNKNOWN without /proc, None for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self").is_dir() else UNKNOWN
    except OSError:
        return UNKNOWN
    # After the name, which is in parentheses and may hold anything. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    state, *fields = text.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


def list_anchors() -> Iterator[tuple[int, int]]:
    """(pid, start) of this process, and of the server that starts workers like it."""
    yield os.getpid(), read_start(os.getpid()) or UNKNOWN
    parent = os.getppid()
    started = read_start(parent)
    if started is not None and _starts_workers(parent):
        yield parent, started


def _starts_workers(parent: int) -> bool:
    """Whether it is a server's main process (gunicorn's, granian's, Celery's): it runs the same program as its
    workers, which a shell, a container's init or systemd do not."""
    try:
        return Path(f"/proc/{parent}/exe").samefile("/proc/self/exe")
    except PermissionError:  # It runs as root, its workers do not.
        return parent != 1
    except OSError:
        return False

"""One supervisor for one folder: a lock that the kernel lets go when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "run/lock"


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the stack's lock. Raises TenfoldError with the holder's pid when another has it."""
    path = folder / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(folder, os.pread(descriptor, 32, 0).decode(errors="replace").strip()) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _held(folder: Path, pid: str) -> TenfoldError:
    by = f"Process {pid} supervises it." if pid else "Another process supervises it."
    return TenfoldError(
        f"A stack runs in {folder} already.",
        why=by,
        next_step=f"`tenfold status -C {folder.parent}` shows it, `tenfold down {folder.parent}` stops it.",
    )

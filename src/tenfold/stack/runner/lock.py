"""One supervisor for one folder: a lock that the kernel lets go when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "run/lock"


class Claim:
    """The lock of a folder that a start takes before it writes there, and hands to the supervisor."""

    def __init__(self) -> None:
        self.descriptor: int | None = None

    def take(self, folder: Path) -> None:
        """Take it once. Raises TenfoldError when a stack runs there, or is just being started."""
        if self.descriptor is None:
            self.descriptor = take_lock(folder)


def take_lock(folder: Path) -> int:
    """The descriptor that holds the stack's lock: whoever inherits it holds it too, until all have closed it.

    Raises TenfoldError with the holder's pid when another has it, or when the folder cannot be written.
    """
    path = folder / LOCK
    while True:
        descriptor = _open(path)
        try:
            _lock(descriptor, folder)
            if not is_in_place(descriptor, folder):  # the folder was removed meanwhile
                os.close(descriptor)
                continue
            _sign(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _open(path: Path) -> int:
    try:
        for one in (path.parent.parent, path.parent):
            one.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TenfoldError(
            f"{path.parent.parent} cannot be written.",
            why=f"{error.strerror}: {error.filename}.",
            next_step="Allow writing there, or copy the project to where you may: nothing else is written.",
        ) from error


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _held(folder, os.pread(descriptor, 32, 0).decode(errors="replace").strip()) from error


def _sign(descriptor: int) -> None:
    # On a full disk the lock holds without its holder's name.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def is_in_place(descriptor: int, folder: Path) -> bool:
    """Whether the lock that is held is still the folder's: not where the folder was removed or moved."""
    with suppress(OSError):
        here, held = (folder / LOCK).stat(), os.fstat(descriptor)
        return (here.st_dev, here.st_ino) == (held.st_dev, held.st_ino)
    return False


@contextmanager
def hold_lock(folder: Path, inherited: int | None = None) -> Iterator[int]:
    """Hold the stack's lock, or go on holding the one that was inherited. Raises TenfoldError with the
    holder's pid when another has it."""
    if inherited is None:
        descriptor = take_lock(folder)
    else:
        descriptor = inherited
        os.set_inheritable(descriptor, False)
        _lock(descriptor, folder)
        _sign(descriptor)
    try:
        yield descriptor
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

"""Writes what services are made of: folders, files, marks. Only below the stack's folder."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.service import File, Service, Step

PRIVATE = 0o700
LITTLE = 100
"""MiB: a database cluster with its first log of changes takes 90."""
FULL = {errno.ENOSPC, errno.EDQUOT}


def inside(folder: Path, path: str) -> Path:
    """The absolute path of something below the stack's folder. Raises ValueError for what is not."""
    whole = os.path.normpath(folder / path)
    if not whole.startswith(f"{os.path.normpath(folder)}/"):
        raise ValueError(f"{path} is not below {folder}: nothing else is written")
    return folder / path


def prepare_service(service: Service, folder: Path) -> list[str]:
    """Make folders, write files, remove what a killed process left. Returns the paths that changed.

    Raises OSError: `explain_error` words it.
    """
    for name in service.folders:
        make_folder(inside(folder, name))
    changed = write_configuration(service, folder)
    remove_stale(service, folder)
    return changed


def remove_stale(service: Service, folder: Path) -> None:
    """Remove the sockets and pid files that a killed process left. Raises OSError."""
    for name in service.sockets:
        # A folder in a socket's place is somebody's: it is left, and the service will say so.
        with suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
            inside(folder, name).unlink()


def write_configuration(service: Service, folder: Path) -> list[str]:
    """Write a service's files. Returns the paths that changed. Raises OSError."""
    return [file.path for file in service.files if write_file(folder, file)]


def make_folder(path: Path) -> None:
    """A folder of mode 0700, with its parents."""
    path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if stat.S_IMODE(path.stat().st_mode) != PRIVATE:
        path.chmod(PRIVATE)


def write_file(folder: Path, file: File) -> bool:
    """Write a file whole or not at all; False when it is there already as it should be."""
    path = inside(folder, file.path)
    data = file.text.encode()
    with suppress(FileNotFoundError):
        if path.read_bytes() == data:
            if stat.S_IMODE(path.stat().st_mode) != file.mode:
                path.chmod(file.mode)
            return False
    path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        # Made anew with its own mode: a secret is not readable even for a moment.
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
        with os.fdopen(descriptor, "wb") as target:
            os.fchmod(target.fileno(), file.mode)
            target.write(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def due_steps(service: Service, folder: Path) -> tuple[str, ...]:
    """Names of the steps whose mark is not there."""
    return tuple(step.name for step in service.steps if not is_marked(folder, step.done, step.mark))


def is_marked(folder: Path, path: str, mark: str) -> bool:
    """Whether the file holds the mark."""
    try:
        return inside(folder, path).read_text(encoding="utf-8").strip() == mark.strip()
    except (FileNotFoundError, NotADirectoryError):
        return False


def write_mark(folder: Path, path: str, mark: str) -> None:
    """Remember that a step or a command was done. Raises OSError."""
    target = inside(folder, path)
    target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    target.write_text(f"{mark}\n", encoding="utf-8")


def clear_step(folder: Path, step: Step) -> None:
    """Remove what a step wants gone before it runs. Raises OSError."""
    for name in step.clears:
        path = inside(folder, name)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def explain_error(error: OSError, folder: Path) -> str:
    """What is wrong, and what to do, in one line."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL:
        return f"the disk of {folder} is full{where}; nothing was lost: free some space and start again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.strerror}{where}: {folder} must be writable for you"
    return f"{error.strerror or error}{where}"


def warn_of_room(folder: Path) -> str:
    """What to say beside a failure when the disk has little room left: programs that fail of it remove
    what they wrote and seldom say why. "" when there is enough, or when it cannot be told."""
    with suppress(OSError):
        room = os.statvfs(folder)
        mebibytes = room.f_bavail * room.f_frsize // (1024 * 1024)
        if mebibytes < LITTLE:
            return f"the disk of {folder} has {mebibytes} MiB left"
        if room.f_files and not room.f_favail:
            return f"the disk of {folder} can hold no more files"
    return ""

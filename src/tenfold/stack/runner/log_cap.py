"""Keeps logs from filling the disk: a big one is copied aside and emptied in place.

Services hold their log open in append mode, so they write on at its new beginning. What they write between
the copy and the emptying is lost: a few lines of many megabytes.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST = 32 * 1024 * 1024
"""Bytes of one log; as many again stand in the copy."""
EACH = 30.0
"""Seconds between looks: at 50 MB/s a service fills 1.5 GB meanwhile."""


def open_log(path: Path) -> IO[bytes]:
    """The log for a process to write to, readable for its owner alone. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")


def cap_logs(folder: Path, *, most: int = MOST) -> list[str]:
    """Empty the logs that are too big. Returns their names."""
    cut = []
    for path in sorted((folder / "logs").glob("*.log")):
        with suppress(FileNotFoundError):
            if path.stat().st_size > most:
                _cut(path, most)
                cut.append(path.name)
    return cut


def _cut(path: Path, most: int) -> None:
    """Keep the last `most` bytes beside; without room for them only the log is emptied."""
    beside = path.with_name(f"{path.name}.1")
    with path.open("r+b") as log:
        try:
            log.seek(-most, os.SEEK_END)
            with beside.open("wb") as copy:
                shutil.copyfileobj(log, copy, 1024 * 1024)
        except OSError:
            beside.unlink(missing_ok=True)
        log.truncate(0)

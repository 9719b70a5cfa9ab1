"""Ends what a killed server left at work on its data, before the next one starts on them.

A backend of PostgreSQL leads a session of its own, and its title is written over its environment: neither
group nor mark finds it. While one computes it does not notice that its postmaster is gone, and the next
postmaster refuses to start ("pre-existing shared memory block is still in use").
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.stack.runner.state_file import PROC

if TYPE_CHECKING:
    from tenfold.stack.service import Service

SECONDS = 1.0
"""A killed process is gone in milliseconds, one that waits for its disk later."""
PAUSE = 0.005


def end_strays(service: Service, folder: Path) -> list[int]:
    """Kill the processes of a service that is not running; their ids."""
    found = find_strays(service, folder)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ends = time.monotonic() + SECONDS
    while found and find_strays(service, folder) and time.monotonic() < ends:
        time.sleep(PAUSE)
    return found


def find_strays(service: Service, folder: Path, proc: Path = PROC) -> list[int]:
    """Processes that run the service's program inside its data folder: a person's shell there is none."""
    data = folder / "data" / service.name
    if service.binary is None or not data.is_dir():
        return []
    place, program = str(data.resolve()), str(Path(service.binary.path).resolve())
    found = (int(entry.name) for entry in os.scandir(proc) if entry.name.isdigit())
    return [pid for pid in found if _is_at_work(proc / str(pid), place, program)]


def _is_at_work(process: Path, place: str, program: str) -> bool:
    # Gone meanwhile, ended but not waited for, or another person's.
    with suppress(OSError):
        return str((process / "cwd").readlink()) == place and str((process / "exe").readlink()) == program
    return False

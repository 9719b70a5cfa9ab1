"""run/state.json: which processes are the stack's own, for the start that follows a crash."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

STATE = "run/state.json"
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A process that leads a session of its own. Ids are used again: `started` tells it from another."""

    name: str
    pid: int
    started: int
    """Ticks after the machine's start, from /proc/PID/stat."""
    signal: str = "TERM"
    """What stops it politely."""


def read_boot() -> str:
    """The id of the machine's present run: process ids of another run mean nothing."""
    with suppress(OSError):
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def read_started(pid: int) -> int:
    """When the process began, in ticks; 0 when there is none."""
    with suppress(OSError, ValueError, IndexError):
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        return int(text.rpartition(") ")[2].split()[19])
    return 0


def write_state(folder: Path, processes: Iterable[Recorded]) -> None:
    """Keep the processes on disk, whole or not at all. Raises OSError."""
    path = folder / STATE
    beside = path.with_name(".state.json.new")
    data = {"boot": read_boot(), "supervisor": os.getpid(), "processes": [asdict(one) for one in processes]}
    beside.write_text(json.dumps(data), encoding="utf-8")
    beside.replace(path)


def read_state(folder: Path) -> tuple[Recorded, ...]:
    """The processes of the last run that may still live; none after a restart of the machine."""
    try:
        data = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if data["boot"] != read_boot():
            return ()
        return tuple(Recorded(**one) for one in data["processes"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # no file, or one cut short by a power cut: /proc tells the rest

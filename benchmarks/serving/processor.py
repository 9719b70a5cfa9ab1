"""Processor time of whole groups of processes, from /proc: children that have ended are in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TICK = os.sysconf("SC_CLK_TCK")


def processes_with(name: str, value: str) -> frozenset[int]:
    """Processes that were started with an environment variable."""
    wanted = f"{name}={value}".encode()
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:  # gone meanwhile, or another user's
                continue
            if wanted in environment.split(b"\0"):
                found.add(int(folder.name))
    return frozenset(found)


def seconds_of(pids: Iterable[int]) -> float:
    """User and system time of the processes, and of their children that have been waited for."""
    return sum(_ticks(pid) for pid in pids) / TICK


def _ticks(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0
    return sum(map(int, text.rpartition(")")[2].split()[11:15]))


def time_spent(select: Callable[[], frozenset[int]], work: Callable[[], object]) -> float:
    """Seconds of processor time that the selected processes spend while `work` runs.

    A process that is selected only afterwards counts whole; one that is gone counts through its parent.
    """
    before = {pid: _ticks(pid) for pid in select()}
    work()
    after = {pid: _ticks(pid) for pid in select()}
    return sum(ticks - before.get(pid, 0) for pid, ticks in after.items()) / TICK

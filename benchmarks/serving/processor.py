"""Processor time of whole families of processes, from /proc: children that have ended are in it.

Families are found by parents, not by environment: PostgreSQL's backends and nginx write their titles over
theirs.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TICK = os.sysconf("SC_CLK_TCK")
PROCESSES = Path("/proc")


def find_family(roots: Iterable[int], *, processes: Path = PROCESSES) -> frozenset[int]:
    """The processes and all that descend from them."""
    children = defaultdict(list)
    for folder in processes.iterdir():
        if folder.name.isdigit() and (fields := _read_stat(folder)):
            children[int(fields[1])].append(int(folder.name))
    found = list(roots)
    for one in found:
        found += children[one]
    return frozenset(found)


def sum_seconds(pids: Iterable[int], *, processes: Path = PROCESSES) -> float:
    """User and system time of the processes, and of their children that have been waited for."""
    return sum(sum(map(int, _read_stat(processes / str(pid))[11:15])) for pid in pids) / TICK


def time_spent(roots: Iterable[int], work: Callable[[], object]) -> float:
    """Seconds of processor time that the families of `roots` spend while `work` runs.

    A child that ends meanwhile is not lost: its whole time is its parent's from then on, and what it had
    spent before is taken off with the rest.
    """
    kept = tuple(roots)
    before = sum_seconds(find_family(kept))
    work()
    return sum_seconds(find_family(kept)) - before


def _read_stat(folder: Path) -> list[str]:
    """The fields after the name: state, parent, ...; none of a process that has ended.
    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    try:
        text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()

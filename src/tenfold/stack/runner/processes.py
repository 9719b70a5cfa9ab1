"""What processes use, from the kernel's tables: one walk for all of them, and the tree below each."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGESIZE")


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    ticks: int
    """Processor time used, its ended children's with it, in ticks of a clock."""
    resident: int
    """Pages in memory, those that it shares with others too."""


def read_processes(proc: Path = Path("/proc")) -> dict[int, Process]:
    """Every process by its id; those that end meanwhile are left out."""
    found = {}
    for name in (entry.name for entry in os.scandir(proc)):
        if name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                one = parse_stat(_read_short(f"{proc}/{name}/stat"))
                found[one.pid] = one
    return found


def _read_short(path: str) -> str:
    """A file of the kernel, in one read: a look every second at hundreds of them must cost little."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 4096).decode(errors="replace")
    finally:
        os.close(descriptor)


def parse_stat(text: str) -> Process:
    """One line of /proc/PID/stat. A program's name may hold blanks and brackets: it ends at the last one.
    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    head, _, tail = text.rpartition(") ")
    words = tail.split()
    return Process(int(head.split(None, 1)[0]), int(words[1]), sum(map(int, words[11:15])), int(words[21]))


def trees(processes: Mapping[int, Process], leaders: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Each leader's process and everything below it; another leader's tree is not part of it."""
    children: dict[int, list[int]] = {}
    for one in processes.values():
        children.setdefault(one.parent, []).append(one.pid)
    wanted = set(leaders)
    return {
        leader: tuple(_below(leader, children, stop=wanted - {leader})) if leader in processes else ()
        for leader in wanted
    }


def _below(leader: int, children: Mapping[int, list[int]], *, stop: set[int]) -> Iterator[int]:
    waiting = [leader]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += [child for child in children.get(pid, ()) if child not in stop]


def memory_of(pids: Iterable[int], processes: Mapping[int, Process], proc: Path = Path("/proc")) -> int:
    """Bytes: each page that several share is counted once in all (PSS), where the kernel tells."""
    return sum(_proportional(proc / str(pid)) or processes[pid].resident * PAGE for pid in pids)


def _proportional(process: Path) -> int:
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0

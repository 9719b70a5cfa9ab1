"""Measures a running stack while somebody looks: memory, processor, requests a second, figures of services."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.stack.runner.processes import TICKS, memory_of, read_processes, trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.service import Command, Figure, Service

MEMORY_EACH = 5.0
"""Seconds between readings of memory: the kernel walks every mapping for one."""
FIGURES_EACH = 5.0
"""Seconds between the commands of figures: each starts a process."""
SPAN = 5.0
"""Seconds that a rate is the mean of: what one sees does not jump."""
SECONDS = 2.0
"""A figure's command that takes longer is given up."""
BLOCK = 1_048_576


@dataclass(frozen=True, slots=True)
class Sample:
    """What one service uses now; None and "" where it is not known (yet)."""

    memory: int | None = None
    """Bytes, of its whole process tree."""
    processor: float | None = None
    """Cores: 0.5 is half of one."""
    requests: float | None = None
    """A second, as its access log grows."""
    figures: Mapping[str, str] = field(default_factory=dict)
    """Name -> number with its unit: "lag" -> "2.0 s"."""


class Rate:
    """A count's growth a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def add(self, now: float, count: float) -> float | None:
        """The rate with this count; None for the first one. A count that shrank begins anew."""
        if self._seen and count < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, count))
        while len(self._seen) > 2 and self._seen[1][0] <= now - SPAN:
            self._seen.popleft()
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last > first else None


class LineCount:
    """Counts the lines added to a file since it was first looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._offset: int | None = None

    def read(self) -> int | None:
        """Lines so far; None while there is no file."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if self._offset is None:
                    self._offset = size
                file.seek(min(self._offset, size) if self._offset <= size else 0)
                while data := file.read(BLOCK):
                    self._count += data.count(b"\n")
                self._offset = file.tell()
        except FileNotFoundError:
            return None
        return self._count


class Sampler:
    """Keeps what is needed from one look to the next. Nothing is measured between calls."""

    def __init__(
        self,
        folder: Path,
        services: Iterable[Service],
        *,
        clock: Callable[[], float] = time.monotonic,
        run: Callable[[Command, Path], str] | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._run = run or run_figure
        self._figures = {one.name: one.figures for one in services if one.figures}
        self._access: dict[str, LineCount] = {}
        self._requests: dict[str, Rate] = {}
        self._processor: dict[int, Rate] = {}
        self._memory: dict[int, int] = {}
        self._shown: dict[str, dict[str, str]] = {}
        self._memory_due = self._figures_due = float("-inf")

    def sample(self, status: StackStatus) -> dict[str, Sample]:
        """What each service uses, by name."""
        now = self._clock()
        processes = read_processes()
        leaders = {one.pid: one.name for one in status.services if one.pid}
        below = trees(processes, leaders)
        if now >= self._memory_due or below.keys() - self._memory.keys():
            self._memory = {pid: memory_of(tree, processes) for pid, tree in below.items()}
            self._memory_due = now + MEMORY_EACH
        if now >= self._figures_due:
            self._read_figures({one.name for one in status.services if one.state == "ready"})
            self._figures_due = now + FIGURES_EACH
        used = {pid: sum(processes[one].ticks for one in tree) / TICKS for pid, tree in below.items()}
        self._processor = {pid: self._processor.get(pid, Rate()) for pid in used}
        return {
            one.name: Sample(
                memory=self._memory.get(one.pid) or None,
                processor=self._processor[one.pid].add(now, used[one.pid]) if one.pid in used else None,
                requests=self._count_requests(one.name, now),
                figures=self._shown.get(one.name, {}),
            )
            for one in status.services
        }

    def _count_requests(self, name: str, now: float) -> float | None:
        counter = self._access.setdefault(name, LineCount(self._folder / "logs" / f"{name}-access.log"))
        count = counter.read()
        return None if count is None else self._requests.setdefault(name, Rate()).add(now, count)

    def _read_figures(self, ready: set[str]) -> None:
        self._shown = {
            name: {one.name: self._read_figure(one) for one in figures}
            for name, figures in self._figures.items()
            if name in ready
        }

    def _read_figure(self, figure: Figure) -> str:
        words = self._run(figure.command, self._folder).split()
        return f"{words[0]} {figure.unit}".rstrip() if words else ""


def run_figure(command: Command, folder: Path) -> str:
    """What the command prints, "" when it fails: a figure that cannot be had is not shown."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            command.words,
            input=command.input.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=True,
            cwd=command.folder or folder,
            env={**os.environ, **command.environment},
        )
        return done.stdout.decode(errors="replace")
    return ""

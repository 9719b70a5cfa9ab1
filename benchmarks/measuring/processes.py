"""Wall time and memory of whole processes, as a person waiting for them sees them."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PROCESSES = Path("/proc")
_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""An installed program has its bytecode: without it 0.2 s of each start would be compilation."""
_KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Times:
    """Seconds of the same command, in the order of the runs."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return median(self.seconds)

    def describe(self) -> dict[str, Any]:
        return {
            "best_s": round(self.best, 3),
            "median_s": round(self.median, 3),
            "runs_s": [round(one, 3) for one in self.seconds],
        }


class CommandError(Exception):
    """A measured command that failed: its time says nothing."""


def run_timed(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> float:
    """Wall seconds from start to exit; CommandError when the exit code is not 0."""
    start = time.perf_counter()
    with _start(command, environment) as process:
        _, said = process.communicate()
    seconds = time.perf_counter() - start
    _refuse(command, process.returncode, said)
    return seconds


def measure_memory(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, interval: float = 0.02
) -> float:
    """Peak MiB of the command and all its children together, looked at every `interval` seconds.

    Pages that processes share are counted once (proportional set size). Linux only.
    """
    with _start(command, environment) as process:
        peak = [0.0]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(interval):
                peak[0] = max(peak[0], sum_memory(_family(process.pid)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            _, said = process.communicate()
        finally:
            over.set()
            watcher.join()
    _refuse(command, process.returncode, said)
    return peak[0]


def sum_memory(processes: Iterable[int]) -> float:
    """MiB of proportional set size; processes that have ended count nothing."""
    kib = 0
    for process in processes:
        try:
            text = (PROCESSES / str(process) / "smaps_rollup").read_text()
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib / _KIB_PER_MIB


def _family(process: int) -> list[int]:
    """The process and all its descendants that still run."""
    found = [process]
    for one in found:
        try:
            for task in (PROCESSES / str(one) / "task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _start(command: Sequence[str], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env={**os.environ, **_COMPILED, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _refuse(command: Sequence[str], code: int, said: bytes) -> None:
    if code:
        words = said.decode(errors="replace").strip()[-1000:]
        raise CommandError(f"`{' '.join(command[:8])} ...` ended with {code}: {words}")

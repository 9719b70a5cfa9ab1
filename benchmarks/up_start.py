"""From `tenfold up` to the first page through nginx, from `tenfold down` to silence, and what it costs idle.

A fresh project (`startproject` with a Celery application) on primary, replica, cache, broker, application,
edge, worker and mail sink, all from wheels, with its own environment installed. First start: nothing but
the project. Second start: everything kept. Idle: the supervisor alone, over twenty seconds.

python benchmarks/up_start.py [rounds]. Written to results/up_start.json.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import KEPT, tenfold
from serving.load import fetch
from serving.processor import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, SECOND, STOP = 10.0, 5.0, 5.0
"""Seconds that may pass."""
IDLE_SHARE, IDLE_MEMORY = 0.01, 60.0
"""Of a core, and MiB."""
IDLE_SECONDS = 20
GUESTBOOK = Path(__file__).resolve().parents[1] / "demo" / "guestbook"


def main(rounds: int = 3) -> int:
    project = KEPT / "start"
    python = make_environment()
    found: dict[str, list[float]] = {"first": [], "second": [], "stop": []}
    for _ in range(rounds):
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(GUESTBOOK, project, ignore=shutil.ignore_patterns("__pycache__"))
        for start in ("first", "second"):
            found[start].append(timed(lambda: start_and_fetch(project, python)))
            if start == "second":
                share, memory = idle(project)
            found["stop"].append(timed(lambda: tenfold("down", project)))
    medians = {name: median(values) for name, values in found.items()}
    result: dict[str, Any] = {
        "rounds": rounds,
        "seconds": {name: [round(value, 2) for value in values] for name, values in found.items()},
        "targets_s": {"first": FIRST, "second": SECOND, "stop": STOP},
        "supervisor": {"share_of_a_core": round(share, 4), "mebibytes": round(memory, 1)},
        "met": medians["first"] < FIRST
        and medians["second"] < SECOND
        and medians["stop"] < STOP
        and share < IDLE_SHARE
        and memory < IDLE_MEMORY,
    }
    write_results("up_start", result)
    sys.stdout.write(
        f"first page {medians['first']:.1f} s after a first up, {medians['second']:.1f} s after a second;"
        f" down {medians['stop']:.1f} s; supervisor {share:.2%} of a core, {memory:.0f} MiB\n"
    )
    return 0 if result["met"] else 1


def make_environment() -> Path:
    """An interpreter with Django and Celery, and nothing else that the stack needs."""
    python = KEPT / "start-venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "django", "celery[redis]"], check=True)
    return python


def start_and_fetch(project: Path, python: Path) -> None:
    """`tenfold up` as a person runs it, until a page has come."""
    said = tenfold("up", project, "--detach", "--wheels", "--python", python)
    url = next(word for word in said.split() if word.startswith("https://"))
    fetch(url)


def idle(project: Path) -> tuple[float, float]:
    """(share of a core, MiB) of the supervisor while nothing happens."""
    pid = int((project / ".tenfold" / "run" / "lock").read_text(encoding="ascii"))
    before = seconds_of((pid,))
    time.sleep(IDLE_SECONDS)
    share = (seconds_of((pid,)) - before) / IDLE_SECONDS
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return share, resident / 1024


def timed(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

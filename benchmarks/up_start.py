"""From `tenfold up` to the first page through nginx, from `tenfold down` to silence, and what it costs idle.

A fresh project (`startproject` with a Celery application) on primary, replica, cache, broker, application,
edge, worker and mail sink, all from wheels, with its own environment installed. First start: nothing but
the project. Second start: everything kept. Idle: the supervisor alone, over twenty seconds.

python benchmarks/up_start.py [rounds]. Written to results/up_start.json.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import KEPT, tenfold
from serving.load import fetch, free_port
from serving.processor import sum_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TARGETS = {"first": 10.0, "second": 5.0, "stop": 5.0, "share": 0.01, "memory": 60.0}
"""At most: seconds to the first page of a first and of a second start, seconds to stop; the idle supervisor's
share of a core and MiB."""
IDLE_SECONDS = 20
GUESTBOOK = Path(__file__).resolve().parent / "serving" / "guestbook"


def main(rounds: int = 3) -> int:
    project, python = KEPT / "start", make_environment()
    found: dict[str, list[float]] = {"first": [], "second": [], "stop": [], "share": [], "memory": []}
    for _ in range(rounds):
        copy_project(project)
        for start in ("first", "second"):
            found[start].append(timed(lambda: start_and_fetch(project, python)))
            try:
                if start == "second":
                    share, memory = idle(project)
                    found["share"].append(share)
                    found["memory"].append(memory)
            finally:
                found["stop"].append(timed(lambda: tenfold("down", project)))
    result = judge(found)
    write_results("up_start", {"rounds": rounds, "load_average": round(os.getloadavg()[1], 1), **result})
    one = result["medians"]
    sys.stdout.write(
        f"first page {one['first']:.1f} s after a first up, {one['second']:.1f} s after a second;"
        f" down {one['stop']:.1f} s; supervisor {one['share']:.2%} of a core, {one['memory']:.0f} MiB\n"
    )
    return 0 if result["met"] else 1


def judge(found: Mapping[str, list[float]]) -> dict[str, Any]:
    """Medians against TARGETS: each has to be below its own."""
    medians = {name: median(values) for name, values in found.items()}
    return {
        "runs": {name: [round(value, 4) for value in values] for name, values in found.items()},
        "medians": {name: round(value, 4) for name, value in medians.items()},
        "targets": TARGETS,
        "met": all(medians[name] < most for name, most in TARGETS.items()),
    }


def copy_project(project: Path) -> None:
    """The example anew, without anything that a stack has left."""
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(GUESTBOOK, project, ignore=shutil.ignore_patterns("__pycache__", ".tenfold"))


def make_environment() -> Path:
    """An interpreter with Django and Celery, and nothing else that the stack needs."""
    python = KEPT / "start-venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "django", "celery[redis]"], check=True)
    return python


def start_and_fetch(project: Path, python: Path) -> None:
    """`tenfold up` as a person runs it, until every service is ready and a page has come."""
    ports = ("--http-port", free_port(), "--https-port", free_port())
    said = tenfold("up", project, "--detach", "--wheels", "--python", python, *ports)
    fetch(next(word for word in said.split() if word.startswith("https://")))


def idle(project: Path) -> tuple[float, float]:
    """(share of a core, MiB) of the supervisor while nothing happens."""
    pid = int((project / ".tenfold" / "run" / "lock").read_text(encoding="ascii"))
    before = sum_seconds((pid,))
    time.sleep(IDLE_SECONDS)
    share = (sum_seconds((pid,)) - before) / IDLE_SECONDS
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return share, resident / 1024


def timed(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

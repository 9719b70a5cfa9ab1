"""The example project in environments of its own, on the stack and on the stock deployment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.load import LoadError, refuse_taken
from serving.processor import processes_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).parent / "project"
ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".tenfold" / "bench"
"""Environments are made once; the project's copy anew at each run."""
PATIENCE = 60


@dataclass(frozen=True)
class Example:
    """A copy of the example project with its own environment."""

    folder: Path
    python: Path


@dataclass(frozen=True)
class Stack:
    """A stack that runs."""

    folder: Path
    url: str
    status: Mapping[str, Any]

    def processes(self) -> frozenset[int]:
        """Everything that the stack started."""
        return processes_with("TENFOLD_STACK", str(self.folder))

    def service(self, name: str) -> Mapping[str, Any]:
        """One service as the status tells it."""
        found: Mapping[str, Any] = next(one for one in self.status["services"] if one["name"] == name)
        return found

    @property
    def ports(self) -> Mapping[str, int]:
        """Port name -> number."""
        found: Mapping[str, int] = json.loads((self.folder / "ports.json").read_text(encoding="utf-8"))
        return found


def make_example(name: str, *extra: str) -> Example:
    """The example in KEPT/name, its requirements and `extra` installed."""
    folder = KEPT / name
    environment = folder.with_name(f"{name}-venv")
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(PROJECT / "requirements.txt"), *extra], check=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Example(folder, python)


def tenfold(*words: object) -> str:
    """Standard output of one command of tenfold. Raises LoadError with what it said when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tenfold", *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LoadError(f"tenfold {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def on_stack(example: Example, *options: str) -> Iterator[Stack]:
    """`tenfold up` on the wheels, and down at the end."""
    tenfold("up", example.folder, "--detach", "--wheels", "--python", example.python, *options)
    try:
        status = json.loads(tenfold("status", example.folder, "--json"))
        yield Stack(example.folder / ".tenfold", status["url"], status)
    finally:
        tenfold("down", example.folder)


@contextmanager
def on_gunicorn(
    example: Example, *options: str, port: int, database: Mapping[str, str], marker: str
) -> Iterator[str]:
    """The stock deployment: gunicorn as it is, the project's settings as they are."""
    refuse_taken(port)
    words = [str(example.python), "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", *options]
    environment = {**os.environ, **database, "SECRET_KEY": "benchmark" * 8, "BENCHMARK": marker}
    environment |= {"ALLOWED_HOSTS": "localhost,127.0.0.1"}
    with subprocess.Popen(
        words, cwd=example.folder, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            refuse_taken(port)
        except LoadError:
            return
        time.sleep(0.1)
    raise LoadError(f"nothing listens on port {port} after {PATIENCE} s")

"""The example project in environments of its own, on the stack and on the stock deployment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.load import LoadError, free_port, is_taken
from tenfold.stack.addresses import DATABASE, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).parent / "project"
ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".tenfold" / "bench"
"""Environments are made once; the project's copy anew at each run."""
PATIENCE = 60
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""As everywhere where programs are installed: without bytecode each start compiles what it imports."""


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
    """Without a slash at its end."""
    status: Mapping[str, Any]

    @property
    def supervisor(self) -> int:
        """The process that everything of the stack descends from."""
        return int((self.folder / "run" / "lock").read_text(encoding="ascii"))

    def service(self, name: str) -> Mapping[str, Any]:
        """One service as the status tells it."""
        found: Mapping[str, Any] = next(one for one in self.status["services"] if one["name"] == name)
        return found

    @property
    def database(self) -> Mapping[str, str]:
        """What the example reads to find this stack's database over TCP."""
        ports, secrets = (
            json.loads((self.folder / name).read_text(encoding="utf-8"))
            for name in ("ports.json", "secrets.json")
        )
        return {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(ports["postgres"]),
            "POSTGRES_USER": USER,
            "POSTGRES_DB": DATABASE,
            "POSTGRES_PASSWORD": secrets["database"],
        }


@dataclass(frozen=True)
class Contender:
    """One of those that are compared: where it answers, and the processes whose families are its cost."""

    name: str
    url: str
    processes: tuple[int, ...]


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
        [sys.executable, "-m", "tenfold", *map(str, words)],
        env={**os.environ, **COMPILED},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LoadError(f"tenfold {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def on_stack(example: Example, *options: str) -> Iterator[Stack]:
    """`tenfold up` on the wheels, and down at the end."""
    ports = ("--http-port", free_port(), "--https-port", free_port())
    tenfold("up", example.folder, "--detach", "--wheels", "--python", example.python, *ports, *options)
    try:
        status = json.loads(tenfold("status", example.folder, "--json"))
        yield Stack(example.folder / ".tenfold", status["url"].rstrip("/"), status)
    finally:
        tenfold("down", example.folder)


@contextmanager
def on_server(
    name: str,
    stack: Stack,
    *words: object,
    example: Example,
    settings: str = "config.settings",
    socket: bool = False,
) -> Iterator[Contender]:
    """A server by hand, with the example's settings as they are, on the stack's database.

    `words` follow the interpreter; "{port}" among them becomes a free one. With `socket` the database is
    reached through its Unix socket.
    """
    port = free_port()
    command = [str(example.python), *(str(word).replace("{port}", str(port)) for word in words)]
    given = {"SECRET_KEY": "benchmark" * 8, "ALLOWED_HOSTS": "localhost,127.0.0.1"}
    given |= {"DJANGO_SETTINGS_MODULE": settings}
    given |= {"POSTGRES_HOST": str(stack.folder / "run")} if socket else {}
    environment = {**os.environ, **COMPILED, **stack.database, **given}
    with running(command, folder=example.folder, environment=environment) as process:
        wait_for(port, process)
        database = stack.service("postgres")["pid"]
        yield Contender(name, f"http://127.0.0.1:{port}", (process.pid, database))


@contextmanager
def running(
    command: list[str], *, folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a session of its own, and nothing of it afterwards."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=quiet, stderr=quiet, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until something listens. Raises LoadError when the process ends or nothing does within PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not is_taken(port):
        if process.poll() is not None:
            raise LoadError(f"{process.args!r} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise LoadError(f"nothing listens on port {port} after {PATIENCE} s")
        time.sleep(0.1)

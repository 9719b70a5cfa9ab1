"""Hands a written plan to the supervisor: in this process's place, or as a process of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenfold.errors import TenfoldError
from tenfold.stack.runner.recovery import MARK

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "tenfold.stack.runner"
LOG = "logs/supervisor.log"


@dataclass(frozen=True, slots=True)
class Ready:
    """A stack that came up."""

    seconds: float
    """That it took."""
    warnings: tuple[str, ...] = ()
    """Lines about what is wrong all the same: the project's first page."""


def take_over(plan: Path, *, view: str, lock: int | None = None) -> int:
    """Become the supervisor: the readers' memory is given back, and signals reach it directly. `lock` is the
    descriptor that holds the folder's.

    Returns only when the interpreter cannot be started again, by raising OSError.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    words = _words(plan, view=view, lock=lock)
    if lock is not None:
        os.set_inheritable(lock, True)
    os.execve(sys.executable, words, _environment(plan))


def _environment(plan: Path) -> dict[str, str]:
    """The supervisor bears the mark of its stack too: it is found where its folder is gone, lock and all."""
    return {**os.environ, MARK: str(plan.parent)}


def _words(plan: Path, *, view: str, lock: int | None) -> list[str]:
    held = () if lock is None else ("--lock-fd", str(lock))
    return [sys.executable, "-m", MODULE, str(plan), "--view", view, *held]


def detach(plan: Path, *, lock: int | None = None) -> Ready:
    """Start the supervisor in a session of its own and wait until the stack is ready. `lock` is the
    descriptor that holds the folder's: the supervisor holds it from then on, and nobody else.

    Raises TenfoldError with what failed.
    """
    reading, writing = os.pipe()
    log = plan.parent / LOG
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*_words(plan, view="none", lock=lock), "--ready-fd", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            pass_fds=(writing, *(() if lock is None else (lock,))),
            env=_environment(plan),
            start_new_session=True,
        )
    os.close(writing)
    if lock is not None:
        os.close(lock)
    try:
        answer = _read_line(reading)
    except KeyboardInterrupt:
        process.terminate()  # it stops what it has started
        raise
    finally:
        os.close(reading)
    return _judge(answer, process, log)


def _read_line(descriptor: int) -> bytes:
    """Up to the line's end, or what was written before the other side closed."""
    found = b""
    while not found.endswith(b"\n"):
        select.select([descriptor], [], [])
        piece = os.read(descriptor, 65_536)
        if not piece:
            break
        found += piece
    return found


def _judge(answer: bytes, process: subprocess.Popen[bytes], log: Path) -> Ready:
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        raise TenfoldError(
            "The supervisor ended before the stack was ready.",
            why=f"Exit code {process.wait()}; what it said is in {log}.",
            next_step="`tenfold logs` shows what the services said.",
        ) from error
    if told["ready"]:
        return Ready(float(told["seconds"]), tuple(told.get("warnings", ())))
    process.wait()
    raise TenfoldError(told["what"], why=told["why"], next_step=told["next_step"])

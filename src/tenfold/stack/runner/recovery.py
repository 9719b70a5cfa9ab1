"""Finds and stops what an earlier run of the same stack left behind, and what its services let loose."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.runner.state_file import PROC, read_started, read_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tenfold.stack.runner.state_file import Recorded

MARK = "TENFOLD_STACK"
POLITE = 8.0
"""Seconds that leftovers have to end: a database writes what it holds."""
PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Leftover:
    """A process of this stack that nobody supervises."""

    pid: int
    started: int
    session: int
    signal: str = ""
    """What stops it politely; "" for one that its leader stops."""


def find_leftovers(folder: Path, proc: Path = PROC) -> list[Leftover]:
    """Processes in a session that the state file names, or with this stack in their environment."""
    recorded = {one.pid: one for one in read_state(folder) if not _is_another(one)}
    found = []
    for pid in _processes(proc):
        session, started, state = _read_stat(proc, pid)
        if pid == os.getpid() or state in ("Z", "X", ""):
            continue
        if session in recorded or _has_mark(proc, pid, folder):
            polite = recorded[pid].signal if pid in recorded else "TERM" if pid == session else ""
            found.append(Leftover(pid, started, session, polite))
    return found


def stop_leftovers(
    folder: Path, *, polite: float = POLITE, sleep: Callable[[float], None] = time.sleep
) -> list[int]:
    """Stop them politely, then hard. Returns the ids of the processes that there were."""
    found = find_leftovers(folder)
    if not found:
        return []
    led = {one.pid for one in found}
    for one in found:
        # A worker without its leader is told itself.
        word = one.signal or ("" if one.session in led else "TERM")
        if word and polite:
            _send(one, getattr(signal, f"SIG{word}"))
    _wait(found, polite, sleep)
    left = find_leftovers(folder)
    for one in left:
        _send(one, signal.SIGKILL)
    _wait(left, 5.0, sleep)
    return sorted({one.pid for one in (*found, *left)})


def _wait(ones: list[Leftover], seconds: float, sleep: Callable[[float], None]) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and any(_lives(one) for one in ones):
        sleep(PAUSE)


def _lives(one: Leftover) -> bool:
    _, started, state = _read_stat(PROC, one.pid)
    return started == one.started and state not in ("Z", "X", "")


def _send(one: Leftover, number: signal.Signals) -> None:
    if _lives(one):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one.pid, number)


def _is_another(one: Recorded) -> bool:
    """The recorded id belongs to a process that began later."""
    return read_started(one.pid) not in (0, one.started)


def _processes(proc: Path) -> Iterator[int]:
    with os.scandir(proc) as entries:
        yield from (int(entry.name) for entry in entries if entry.name.isdigit())


def _read_stat(proc: Path, pid: int) -> tuple[int, int, str]:
    """(session, start in ticks, state); (0, 0, "") when it is gone."""
    with suppress(OSError, ValueError, IndexError):
        text = (proc / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        words = text.rpartition(") ")[2].split()
        return int(words[3]), int(words[19]), words[0]
    return 0, 0, ""


def _has_mark(proc: Path, pid: int, folder: Path) -> bool:
    with suppress(OSError):
        environment = (proc / str(pid) / "environ").read_bytes()
        return f"{MARK}={folder}".encode() in environment.split(b"\0")
    return False

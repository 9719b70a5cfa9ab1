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
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.stack.runner.state_file import Recorded

MARK = "TENFOLD_STACK"
POLITE = 8.0
"""Seconds that leftovers have to end: a database writes what it holds."""
HARD = 5.0
"""Seconds after which a killed process that is still there (in an uninterruptible wait) is left alone."""
PAUSE = 0.02
GONE = ("Z", "X")
"""States of what has ended and was not waited for yet."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A process of this stack that nobody supervises."""

    pid: int
    started: int
    session: int
    signal: str = ""
    """What stops it politely; "" for one that its leader stops."""


def find_leftovers(folder: Path, *, adopted: bool = False) -> list[Leftover]:
    """Processes in a session that the state file names, or with this stack in their environment.

    With `adopted` those as well that this process took in when their parent died: a server that writes
    its title over its environment and leaves its session is found in no other way.
    """
    recorded = {one.pid: one for one in read_state(folder) if not _is_another(one)}
    found = []
    for one in _processes():
        if one.pid == os.getpid() or one.state in GONE:
            continue
        is_adopted = adopted and one.parent == os.getpid() and one.session != os.getsid(0)
        if is_adopted or one.session in recorded or _has_mark(one.pid, folder):
            known = recorded.get(one.pid)
            polite = known.signal if known else "TERM" if one.pid == one.session else ""
            found.append(Leftover(one.pid, one.started, one.session, polite))
    return found


def stop_leftovers(folder: Path, *, polite: float = POLITE, adopted: bool = False) -> list[int]:
    """Stop them politely, then hard. Returns the ids of the processes that there were."""
    found = find_leftovers(folder, adopted=adopted)
    if not found:
        return []
    led = {one.pid for one in found}
    for one in found:
        # A worker without its leader is told itself.
        word = one.signal or ("" if one.session in led else "TERM")
        if word and polite:
            _send(one, getattr(signal, f"SIG{word}"))
    _wait(found, polite)
    left = find_leftovers(folder, adopted=adopted)
    for one in left:
        _send(one, signal.SIGKILL)
    _wait(left, HARD)
    return sorted({one.pid for one in (*found, *left)})


def _wait(ones: list[Leftover], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and any(_lives(one) for one in ones):
        time.sleep(PAUSE)


def _lives(one: Leftover) -> bool:
    now = _read_process(str(one.pid))
    return now is not None and now.started == one.started and now.state not in GONE


def _send(one: Leftover, number: signal.Signals) -> None:
    if _lives(one):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one.pid, number)


def _is_another(one: Recorded) -> bool:
    """The recorded id belongs to a process that began later."""
    return read_started(one.pid) not in (0, one.started)


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    session: int
    started: int
    state: str


def _processes() -> Iterator[_Process]:
    with os.scandir(PROC) as entries:
        names = [entry.name for entry in entries if entry.name.isdigit()]
    yield from (one for name in names if (one := _read_process(name)) is not None)


def _read_process(name: str) -> _Process | None:
    """None when it is gone."""
    with suppress(OSError, ValueError, IndexError):
        text = (PROC / name / "stat").read_text(encoding="ascii", errors="replace")
        words = text.rpartition(") ")[2].split()
        return _Process(int(name), int(words[1]), int(words[3]), int(words[19]), words[0])
    return None


def _has_mark(pid: int, folder: Path) -> bool:
    with suppress(OSError):
        environment = (PROC / str(pid) / "environ").read_bytes()
        return f"{MARK}={folder}".encode() in environment.split(b"\0")
    return False

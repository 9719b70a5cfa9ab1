"""Stop the running stack: services in reverse order, each with time to finish its work.

Works also when the supervisor is gone: what it left running is found and stopped. Data stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.cli import _output, _stack
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

NAME = "down"
HELP = "stop the running stack"
POLL = 0.05
LINGER = 1.0
"""Seconds that the supervisor may take to end once it has let the lock go; it takes some milliseconds."""
GRACE = 15.0
"""Seconds beyond the slowest services' own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _stack.add_path(parser)
    parser.add_argument("--hard", action="store_true", help="kill everything at once")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.stack.runner.control_client import NotRunningError, ask

    folder = _stack.find_folder(_stack.path_of(arguments))
    try:
        ask(folder, "down", hard=arguments.hard)
    except NotRunningError:
        return _recover(folder, kill=arguments.hard)
    except TenfoldError:
        if not arguments.hard:
            raise
        return _recover(folder, kill=True)  # a supervisor that hangs
    _wait(folder, hard=arguments.hard)
    _output.write("The stack has stopped.")
    return 0


def _wait(folder: Path, *, hard: bool) -> None:
    """Until the supervisor is gone. Services stop one layer after the other, so their times add up."""
    import time

    services = _stack.read_plan(folder).services
    supervisor = holder(folder)
    end = time.monotonic() + GRACE + (0 if hard else sum(one.stop_seconds for one in services))
    with _output.progress(quiet=False) as progress:
        while holder(folder):
            if time.monotonic() > end:
                raise TenfoldError(
                    "The stack has not stopped yet.",
                    why="Something in it takes longer than it may.",
                    next_step="`tenfold status` shows what; `tenfold down --hard` kills it.",
                )
            progress(f"Stopping {_still_up(folder)}")
            time.sleep(POLL)
        end = time.monotonic() + LINGER
        while _is_alive(supervisor) and time.monotonic() < end:
            time.sleep(POLL)


def _is_alive(process: int) -> bool:
    from pathlib import Path

    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return process > 0 and state != "Z"


def _still_up(folder: Path) -> str:
    from tenfold.stack.runner.states import ENDED, State

    try:
        status = _stack.read_status(folder)
    except TenfoldError:
        return "the supervisor"
    return ", ".join(one.name for one in status.services if one.state not in (*ENDED, State.WAITING))


def _recover(folder: Path, *, kill: bool) -> int:
    """Stop what a supervisor that is gone (or, with `kill`, hangs) has left."""
    import os
    import signal

    from tenfold.stack.runner.recovery import stop_leftovers

    supervisor = holder(folder)
    if supervisor and not kill:
        raise TenfoldError(
            "The supervisor of the stack does not listen.",
            why=f"Process {supervisor} still starts, or is just stopping.",
            next_step="Try again in a moment; `tenfold down --hard` kills it.",
        )
    if supervisor > 0:
        os.kill(supervisor, signal.SIGKILL)
    stopped = stop_leftovers(folder, polite=0) if kill else stop_leftovers(folder)
    if not stopped:
        _output.write("No stack runs here, and nothing of one was left.")
        return 0
    left = (
        "1 process that it had left is"
        if len(stopped) == 1
        else f"{len(stopped)} processes that it had left are"
    )
    _output.write(f"The supervisor {'was killed' if supervisor else 'was gone'}; {left} stopped.")
    return 0


def holder(folder: Path) -> int:
    """The process that holds the stack's lock, 0 when nobody does."""
    import fcntl

    from tenfold.stack.runner.lock import LOCK

    try:
        with (folder / LOCK).open("r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text.isdigit() else -1
            return 0
    except FileNotFoundError:
        return 0

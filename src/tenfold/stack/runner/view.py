"""Keeps the status of a running stack current on a terminal: `python -m tenfold.stack.runner.view FOLDER`.

It measures only while it is shown and draws only what has changed. `tenfold up` starts it as a process of
its own: the supervisor stays as small as it is without it, and a fault here stops nothing.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from tenfold.stack.plan_file import decode_plan
from tenfold.stack.runner.control_client import NotRunningError, ask
from tenfold.stack.runner.journal import NAME as JOURNAL
from tenfold.stack.runner.log_files import Follower, last_lines, log_file
from tenfold.stack.runner.log_text import is_request
from tenfold.stack.runner.sampling import Sampler
from tenfold.stack.runner.status import decode_status
from tenfold.stack.runner.terminal import Terminal
from tenfold.stack.runner.view_cells import show_age, show_load, show_memory
from tenfold.stack.runner.view_table import Picture, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tenfold.stack.runner.log_files import LogLine
    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.service import Service

STEADY = 1.0
"""Seconds between looks at a stack that runs."""
MOVING = 0.25
"""Seconds between looks while services start or stop."""
KEPT = 500
"""Log lines that are kept for a taller window."""
GLANCE = 65_536
"""Bytes of one log that are read at a look: a thousand requests a second are not to be read anyway."""
EDGE = "edge"
HINT = "Ctrl-C stops the stack   tenfold logs -f   tenfold kill app   tenfold lag 5s"


class View:
    """One live status. `read` gives the status, None when the stack is gone."""

    def __init__(
        self,
        folder: Path,
        services: Sequence[Service],
        read: Callable[[], StackStatus | None],
        *,
        console: Console | None = None,
        hint: str = HINT,
    ) -> None:
        self._folder = folder
        self._names = [JOURNAL, *(log for one in services for log in (one.name, f"{one.name}-access"))]
        self._read = read
        self._console = console or Console()
        self._hint = hint
        self._sampler = Sampler(folder, services)
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._follower = Follower(folder, self._names, most=GLANCE)
        self._shown: object = None

    def run(self, wait: Callable[[float], bool]) -> None:
        """Show the status until `wait`, which takes its seconds, gives False, or the stack is gone."""
        self._keep(last_lines(self._folder, self._names, count=KEPT // 5, ends=self._follower.ends))
        with Live(console=self._console, screen=True, auto_refresh=False, redirect_stdout=False) as live:
            going = True
            while going and (picture := self.look()) is not None:
                self._update(live, picture)
                going = wait(STEADY if picture.status.state == "running" else MOVING)

    def look(self) -> Picture | None:
        """What there is to show now; None when the stack is gone."""
        status = self._read()
        if status is None:
            return None
        self._keep(self._follower.read())
        samples = self._sampler.sample(status)
        return Picture(status, samples, list(self._lines), now=time.time(), hint=self._hint)

    def _keep(self, lines: Iterable[LogLine]) -> None:
        """Requests are told by the edge alone: the application's line of each would be a second one."""
        edge = log_file(self._folder, f"{EDGE}-access").exists()
        for one in lines:
            twice = edge and is_request(one.text) and one.service != f"{EDGE}-access"
            if one.text.strip() and not twice:
                self._lines.append(one)

    def _update(self, live: Live, picture: Picture) -> None:
        size = self._console.size
        shown = (size, describe_change(picture))
        if shown != self._shown:
            live.update(draw(picture, width=size.width, height=size.height), refresh=True)
            self._shown = shown


def describe_change(picture: Picture) -> object:
    """A value that differs when what is seen differs: the words of the table, not what they are made from."""
    rows = tuple(
        (
            replace(one, since=0.0),
            show_age(picture.now - one.since),
            *(
                (show_memory(sample.memory), show_load(sample), round((sample.processor or 0) * 100))
                if sample
                else ()
            ),
        )
        for one in picture.status.services
        for sample in (picture.samples.get(one.name),)
    )
    heading = (picture.status.state, picture.status.url, show_age(picture.now - picture.status.since))
    return heading, rows, picture.lines[-1:], len(picture.lines)


def watch(folder: Path, *, hint: str = HINT, console: Console | None = None) -> None:
    """Show the stack in `folder` on the terminal until it is gone or this process is told to end.

    Raises TenfoldError when its plan cannot be read. Ctrl-C raises KeyboardInterrupt unless it is ignored.
    """
    plan = decode_plan((folder / "plan.json").read_text(encoding="utf-8"))
    # Waited for instead of handled: a changed window is drawn at once, and nothing interrupts a drawing.
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    terminal = Terminal(sys.stdout.fileno())
    terminal.hush()
    try:
        View(folder, plan.services, lambda: read_status(folder), console=console, hint=hint).run(_wait)
    finally:
        terminal.give_back()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)


def read_status(folder: Path) -> StackStatus | None:
    """What the supervisor says; None when there is none any more."""
    try:
        return decode_status(ask(folder, "status"))
    except NotRunningError:
        return None


AWAITED = (signal.SIGWINCH, signal.SIGTERM)


def _wait(seconds: float) -> bool:
    told = signal.sigtimedwait(AWAITED, seconds)
    return told is None or told.si_signo == signal.SIGWINCH


def main(words: Sequence[str] | None = None) -> int:
    """The view of `tenfold up`: Ctrl-C is the supervisor's, this shows how it stops."""
    parser = argparse.ArgumentParser(prog="python -m tenfold.stack.runner.view")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    given = parser.parse_args(words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch(given.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

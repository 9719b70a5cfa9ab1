"""Keeps the status of a running stack current on a terminal, at little cost: it measures only while it is
shown, and draws only what has changed.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from tenfold.stack.runner.log_files import Follower, last_lines, log_file
from tenfold.stack.runner.log_text import is_request
from tenfold.stack.runner.sampling import Sampler
from tenfold.stack.runner.view_cells import show_age, show_load, show_memory
from tenfold.stack.runner.view_table import Picture, draw

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

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
        self._names = [log for one in services for log in (one.name, f"{one.name}-access")]
        self._read = read
        self._console = console or Console()
        self._hint = hint
        self._sampler = Sampler(folder, services)
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._follower = Follower(folder, self._names, most=GLANCE)
        self._shown: object = None

    def run(self, stop: threading.Event) -> None:
        """Show the status until `stop` is set or the stack is gone."""
        follower = self._follower
        self._keep(last_lines(self._folder, self._names, count=KEPT // 5, ends=follower.ends))
        with Live(console=self._console, screen=True, auto_refresh=False, redirect_stdout=False) as live:
            while not stop.is_set():
                picture = self.look()
                if picture is None:
                    return
                self._update(live, picture)
                stop.wait(STEADY if picture.status.state == "running" else MOVING)

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
            if not (edge and is_request(one.text) and one.service != f"{EDGE}-access"):
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

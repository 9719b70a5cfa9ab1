"""The live view as the supervisor sees it: another process that draws, which is told to end.

That process asks for the status over the control socket and reads the logs itself. What the supervisor
says meanwhile stands in its journal, and is printed once the terminal is given back.
"""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING

from tenfold.stack.runner.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.runner.view_protocol import Line, View

TERMINAL = 1
"""The descriptor of standard output."""
SECONDS = 3.0
"""The drawing process has so long to give the terminal back."""
KEPT = 60
"""Lines that are printed afterwards: the last ones tell why it ended."""


class LiveView:
    """A `View`. Lines go to `afterwards` when the picture is gone, or at once when it cannot be shown."""

    def __init__(
        self,
        folder: Path,
        afterwards: View,
        *,
        start: Callable[[Path], subprocess.Popen[bytes]] | None = None,
    ) -> None:
        self._folder = folder
        self._afterwards = afterwards
        self._start = start or start_view
        self._terminal = Terminal(TERMINAL)
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = False
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def update(self, status: StackStatus) -> None:
        """Starts the drawing process at the first call: the control socket listens by then."""
        if not self._begun:
            self._begun = True
            self._terminal.hush()
            try:
                self._process = self._start(self._folder)
            except OSError:
                self._terminal.give_back()  # lines come at once instead

    def say(self, line: Line) -> None:
        if line.level == "log":
            return
        self._lines.append(line)
        if self._begun and (self._process is None or self._process.poll() is not None):
            self._terminal.give_back(leave=True)
            self._flush()

    def close(self) -> None:
        """End the drawing process, and print what was said."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._terminal.give_back(leave=self._process.returncode != 0)
            self._process = None
        self._begun = True
        self._flush()
        self._afterwards.close()

    def _flush(self) -> None:
        while self._lines:
            self._afterwards.say(self._lines.popleft())


def start_view(folder: Path) -> subprocess.Popen[bytes]:
    """The drawing process, on the same terminal and in the same process group."""
    words = (sys.executable, "-m", "tenfold.stack.runner.view", str(folder))
    return subprocess.Popen(words, stdin=subprocess.DEVNULL)

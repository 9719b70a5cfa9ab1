"""The terminal while a picture is on it: typed characters are not shown, and it is given back as it was."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import suppress

ECHO_FLAGS = termios.ECHO | termios.ECHOCTL
"""With them the "^C" of an interrupt is written into the picture, and moves it up by a line."""
LEAVE = "\x1b[?1049l\x1b[?25h"
"""Back to the ordinary screen, with its cursor: what a drawing process that was killed could not say."""


class Terminal:
    """The terminal behind a descriptor; does nothing where there is none."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._kept: list[object] | None = None

    def hush(self) -> None:
        """Show no typed characters from now on; the interrupt key still works."""
        with suppress(termios.error, OSError, ValueError):
            self._kept = list(termios.tcgetattr(self._descriptor))
            changed = list(self._kept)
            changed[3] = int(str(changed[3])) & ~ECHO_FLAGS
            self._apply(changed)

    def give_back(self, *, leave: bool = False) -> None:
        """As it was. With `leave` the picture's screen is left too."""
        if self._kept is None:
            return
        kept, self._kept = self._kept, None
        with suppress(termios.error, OSError):
            self._apply(kept)
            if leave:
                os.write(self._descriptor, LEAVE.encode())

    def _apply(self, attributes: list[object]) -> None:
        # From the background this would stop the process.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, attributes)  # type: ignore[arg-type]
        finally:
            signal.signal(signal.SIGTTOU, before)

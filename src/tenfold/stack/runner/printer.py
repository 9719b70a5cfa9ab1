"""Prints what the supervisor says and what services write into their logs, a coloured name before each line."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from tenfold.stack.runner.log_text import rate_line, shorten_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.runner.view_protocol import Line

COLOURS = (36, 33, 35, 34, 32, 96, 93, 95, 94, 92)
"""Terminal codes of the names, in the plan's order: neighbours differ."""
LEVELS = {"good": 32, "warning": 33, "error": 31}
STACK = "tenfold"


class Printer:
    """Prints lines. Falls silent when the terminal is gone: the stack goes on."""

    def __init__(self, names: Iterable[str], stream: IO[str], *, colour: bool | None = None) -> None:
        listed = [STACK, *names]
        self._stream = stream
        self._width = max(map(len, listed))
        self._colours = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(listed)}
        self._colour = wants_colour(stream) if colour is None else colour
        self._gone = False

    def update(self, status: StackStatus) -> None:
        """Lines say what changes; there is no picture to keep."""

    def say(self, line: Line) -> None:
        name = line.service or STACK
        text = shorten_line(line.text)
        level = rate_line(text) if line.level == "log" else line.level
        head = f"{name.ljust(self._width)} {'|' if line.level == 'log' else '>'}"
        if self._colour:
            head = f"\033[{self._colours.get(name, 37)}m{head}\033[0m"
            text = f"\033[{LEVELS[level]}m{text}\033[0m" if level in LEVELS else text
        self._write(f"{head} {text}\n")

    def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._gone = True  # the terminal was closed; SIGHUP stops the stack


def wants_colour(stream: IO[str]) -> bool:
    """Whether colours are wanted: a terminal, and no NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

"""logs/tenfold.log: what the supervisor said, with the time, whether anybody watched or not."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.runner.view_protocol import Line, View

NAME = "tenfold"


class Journal:
    """Writes the supervisor's lines down and hands everything on to a view."""

    def __init__(self, folder: Path, view: View) -> None:
        self._path = folder / "logs" / f"{NAME}.log"
        self._view = view

    def update(self, status: StackStatus) -> None:
        self._view.update(status)

    def say(self, line: Line) -> None:
        if line.level != "log":
            moment = datetime.now().astimezone().isoformat(timespec="milliseconds")
            # On a full disk the stack goes on without its journal.
            with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
                file.write(f"{moment} {line.level} {line.service or NAME}: {line.text}\n")
        self._view.say(line)

    def close(self) -> None:
        self._view.close()

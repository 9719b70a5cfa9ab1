"""What shows a stack to the person who started it: a printer of lines, or the live view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tenfold.stack.runner.status import StackStatus


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the person."""

    service: str
    """ "" for the stack itself."""
    text: str
    level: str = "info"
    """ "info", "good", "warning", "error" for what the supervisor says, "log" for a service's own line."""


class View(Protocol):
    """Shows lines and the state. It must not raise when the terminal is gone: the stack goes on."""

    def update(self, status: StackStatus) -> None:
        """The state as it is now, after everything that happened."""

    def say(self, line: Line) -> None: ...

    def close(self) -> None:
        """Give the terminal back."""


class NoView:
    """Shows nothing: the stack is detached, its lines are in logs/tenfold.log."""

    def update(self, status: StackStatus) -> None: ...

    def say(self, line: Line) -> None: ...

    def close(self) -> None: ...

"""What the supervisor wants done, as frozen values: `loop` carries them out and answers with events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tenfold.stack.service import Service, Step


@dataclass(frozen=True, slots=True)
class Prepare:
    """Write files and folders, remove stale sockets, tell which steps are due: Prepared or NotPrepared."""

    service: Service
    run: int
    again: bool = False
    """A person asks for it: a command runs though its mark says that it need not."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """Run a step to its end: StepEnded."""

    service: Service
    run: int
    step: Step


@dataclass(frozen=True, slots=True)
class Start:
    """Started or NotStarted, and Exited some time after Started."""

    service: Service
    run: int


@dataclass(frozen=True, slots=True)
class TryProbe:
    """Ask once whether the service is ready: Probed."""

    service: Service
    run: int


@dataclass(frozen=True, slots=True)
class MarkDone:
    """Write the service's `done` file: its command need not run again."""

    service: Service


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a signal to the service's process, or to its whole group."""

    name: str
    signal: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class Reload:
    """Write the service's files again and send its reload signal."""

    service: Service


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the person. With `tail`, the last lines of the service's log follow."""

    name: str
    """The service, "" for the stack."""
    text: str
    level: str = "info"
    """ "info", "good", "warning" or "error"."""
    tail: bool = False


@dataclass(frozen=True, slots=True)
class StackReady:
    """Everything essential is ready."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing runs any more. `failed` names the service that made the start impossible, "" for none."""

    failed: str = ""
    why: str = ""


Action: TypeAlias = (
    Prepare | RunStep | Start | TryProbe | MarkDone | Signal | Reload | Say | StackReady | Finish
)

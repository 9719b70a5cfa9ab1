"""What happens to a stack, as frozen values: all of it goes through one queue to the supervisor.

Events of a service carry `run`, the count of its starts: what an earlier run still sends is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tenfold.stack.service import Service


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files are written. `steps` are names of those that must still run; `done`: nothing needs to run."""

    name: str
    run: int
    steps: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class NotPrepared:
    """Files could not be written."""

    name: str
    run: int
    why: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    name: str
    run: int
    step: str
    why: str = ""
    """ "" when it ended well."""


@dataclass(frozen=True, slots=True)
class Started:
    name: str
    run: int
    pid: int


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The program could not be started at all."""

    name: str
    run: int
    why: str


@dataclass(frozen=True, slots=True)
class Probed:
    """One attempt of the probe; `why` is what it met, "" when the service is ready."""

    name: str
    run: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Exited:
    """The process has ended and nothing of its group is left. `code` is negative for a signal."""

    name: str
    run: int
    code: int


@dataclass(frozen=True, slots=True)
class StartAsked:
    """The whole stack is to start."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The whole stack is to stop. `hard`: by killing, all at once."""

    hard: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class RestartAsked:
    """These services are to be restarted, one after the other, each when the one before is ready."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReloadAsked:
    """A service is planned otherwise now: it reads its files again, or restarts where it cannot."""

    service: Service


@dataclass(frozen=True, slots=True)
class KillAsked:
    """A person rehearses a fault: KILL goes to the whole group, as when a machine dies; another signal to
    the leading process."""

    name: str
    signal: str = "KILL"


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The moment that the supervisor wished to be woken at has come."""


OfService: TypeAlias = Prepared | NotPrepared | StepEnded | Started | NotStarted | Probed | Exited
Asked: TypeAlias = StartAsked | StopAsked | RestartAsked | ReloadAsked | KillAsked
Event: TypeAlias = OfService | Asked | TimePassed

"""The named states of a service, and which may follow which."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    WAITING = "waiting"
    """For what it needs."""
    PREPARING = "preparing"
    """Its files are written, its steps run."""
    STARTING = "starting"
    """Its process runs and has not answered yet."""
    READY = "ready"
    BACKOFF = "back-off"
    """It ended by itself; it is started again after a delay."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    """A command that ended well, or need not run again."""
    FAILED = "failed"
    """It is not started again by itself."""


LEGAL: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # A stop during the start leaves what still waits as it is: it never ran.
        State.WAITING: frozenset({State.PREPARING, State.STOPPED}),
        State.PREPARING: frozenset({State.STARTING, State.DONE, State.BACKOFF, State.FAILED, State.STOPPING}),
        State.STARTING: frozenset({State.READY, State.DONE, State.BACKOFF, State.FAILED, State.STOPPING}),
        State.READY: frozenset({State.BACKOFF, State.FAILED, State.STOPPING}),
        State.BACKOFF: frozenset({State.WAITING, State.STOPPED}),
        # -> WAITING is a restart that was asked for; -> BACKOFF and FAILED follow a missed deadline.
        State.STOPPING: frozenset({State.STOPPED, State.WAITING, State.BACKOFF, State.FAILED}),
        # A person starts these again by name.
        State.STOPPED: frozenset({State.WAITING}),
        State.DONE: frozenset({State.WAITING}),
        State.FAILED: frozenset({State.WAITING}),
    }
)

ALIVE = frozenset({State.PREPARING, State.STARTING, State.READY, State.STOPPING})
"""A process, or something under way that becomes one, belongs to the service."""
SETTLED = frozenset({State.READY, State.DONE})
"""What needs it may start."""
ENDED = frozenset({State.STOPPED, State.DONE, State.FAILED})
"""Nothing of it runs, and nothing will by itself."""


def check_move(name: str, old: State, new: State) -> State:
    """The new state. An illegal move is a fault of the supervisor's own code: AssertionError."""
    assert new in LEGAL[old], f"{name}: {old} -> {new} is no move"
    return new

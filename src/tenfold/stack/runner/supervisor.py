"""The supervisor: a state machine over a plan. It touches nothing: events in, actions out.

A service starts when what it needs has settled, and stops when nothing that needs it runs. One that
ends by itself starts again after a delay; what needs it is left alone, since clients reconnect.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tenfold.stack.runner.actions import Finish, Say, Signal, StackReady
from tenfold.stack.runner.events import (
    KillAsked,
    OfService,
    ReloadAsked,
    RestartAsked,
    StartAsked,
    StopAsked,
    TimePassed,
)
from tenfold.stack.runner.life import Life
from tenfold.stack.runner.states import ENDED, SETTLED, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.events import Asked, Event


class Supervisor:
    """The lives of a plan's services. `random` gives numbers of 0 up to 1, for the spread of delays."""

    def __init__(self, plan: StackPlan, random: Callable[[], float]) -> None:
        self.lives = {service.name: Life(service) for service in plan.services}
        self.random = random
        self.started = False
        self.ready = False
        self.stopping = False
        self.finished = False
        self.failed = ""
        """The service that made the start impossible."""
        self.why = ""
        self._began = 0.0
        self._hard = False
        self._turns: deque[str] = deque()
        """Services still to be restarted, one after the other."""
        self._turn = ""

    @property
    def wake(self) -> float | None:
        """When it wants a TimePassed, on the clock that `handle` is given."""
        if self.finished:
            return None
        return min((at for life in self.lives.values() if (at := life.wake) is not None), default=None)

    def named(self, name: str) -> tuple[str, ...]:
        """The services that a person means: one by its name, or all of a kind ("app")."""
        if name in self.lives:
            return (name,)
        return tuple(one for one, life in self.lives.items() if life.service.kind == name)

    def handle(self, event: Event, now: float) -> list[Action]:
        """What is to be done after `event`. `now` is of a monotonic clock: wall clocks jump."""
        actions: list[Action] = []
        if isinstance(event, OfService):
            life = self.lives[event.name]
            excused = any(self.lives[need].state not in SETTLED for need in life.service.needs)
            actions += life.handle(event, now, chance=self.random(), excused=excused)
        elif not isinstance(event, TimePassed):
            actions += self._asked(event, now)
        for life in self.lives.values():
            actions += life.tick(now)
        return actions + self._advance(now)

    def _asked(self, event: Asked, now: float) -> list[Action]:
        match event:
            case StartAsked():
                self.started, self._began = True, now
                return []
            case StopAsked():
                return self._stop(now, hard=event.hard, why=event.why)
            case RestartAsked():
                due = () if self.stopping else event.names
                self._turns.extend(one for one in due if one not in self._turns)
                return []
            case ReloadAsked():
                return self._reload(event, now)
            case KillAsked():
                return self._kill(event, now)

    def _stop(self, now: float, *, hard: bool, why: str) -> list[Action]:
        said = [] if self.stopping else [Say("", f"stopping{why and f': {why}'}")]
        self.stopping = self.started = True
        self._turns.clear()
        # A restart under way ends as a stop.
        for life in self.lives.values():
            if life.state is State.STOPPING:
                life.after = State.STOPPED
        if not hard or self._hard:
            return [*said]
        self._hard = True
        return [*said, *(action for life in self.lives.values() for action in life.kill(now))]

    def _reload(self, event: ReloadAsked, now: float) -> list[Action]:
        if self.stopping:
            return []
        return self.lives[event.service.name].reload(event.service, now)

    def _kill(self, event: KillAsked, now: float) -> list[Action]:
        life = self.lives[event.name]
        if not life.pid:
            return [Say(event.name, f"does not run: it is {life.state}", level="warning")]
        life.kill_asked = now
        return [
            Say(event.name, f"gets SIG{event.signal}"),
            Signal(event.name, event.signal, group=event.signal == "KILL"),
        ]

    def _advance(self, now: float) -> list[Action]:
        """Whatever the present states allow: starts, restarts in turn, stops, the end."""
        if not self.started or self.finished:
            return []
        actions = self._check_start(now)
        if self.stopping:
            return actions + self._advance_stop(now)
        actions += self._take_turns(now)
        for life in self.lives.values():
            if life.state is State.WAITING and self._may_begin(life):
                actions += life.begin(now)
        return actions

    def _may_begin(self, life: Life) -> bool:
        # A restart waits for nobody: nginx serves while one of two instances is down, clients reconnect.
        return life.was_ready or all(self.lives[need].settled for need in life.service.needs)

    def _check_start(self, now: float) -> list[Action]:
        if self.ready or self.stopping:
            return []
        essential = [life for life in self.lives.values() if life.service.essential]
        if failed := next((life for life in essential if life.state is State.FAILED), None):
            self.failed, self.why = failed.name, failed.why
            return self._stop(now, hard=False, why=f"{failed.name} failed, and nothing works without it")
        if all(life.state in SETTLED for life in essential):
            self.ready = True
            return [StackReady(now - self._began)]
        return []

    def _advance_stop(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for life in self.lives.values():
            if not (life.state is State.STOPPING or self._needed(life)):
                actions += life.stop(now)
        if all(life.state in ENDED for life in self.lives.values()):
            self.finished = True
            actions.append(Finish(self.failed, self.why))
        return actions

    def _needed(self, life: Life) -> bool:
        return any(other.alive and life.name in other.service.needs for other in self.lives.values())

    def _take_turns(self, now: float) -> list[Action]:
        """Restart one service at a time, so that its siblings serve meanwhile."""
        if self._turn:
            state = self.lives[self._turn].state
            if state not in (State.READY, State.DONE, State.FAILED, State.BACKOFF):
                return []
            turn, self._turn = self._turn, ""
            if state in (State.FAILED, State.BACKOFF) and self._turns:
                kept = ", ".join(self._turns)
                self._turns.clear()
                return [Say(turn, f"did not come back: {kept} stays as it was", level="error")]
        if not self._turns:
            return []
        self._turn = self._turns.popleft()
        return self.lives[self._turn].restart(now)

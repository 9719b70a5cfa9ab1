"""Replays what happens to a stack against its supervisor, in no world at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.stack.runner.actions import Prepare, RunStep, Say, Signal, Start, TryProbe
from tenfold.stack.runner.events import (
    Exited,
    Prepared,
    Probed,
    StartAsked,
    Started,
    StepEnded,
    StopAsked,
    TimePassed,
)
from tenfold.stack.runner.supervisor import Supervisor

if TYPE_CHECKING:
    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.events import Event


class History:
    """A supervisor, a clock, and everything that it wanted done."""

    def __init__(self, plan: StackPlan) -> None:
        self.supervisor = Supervisor(plan, lambda: 0.0)
        self.now = 1000.0
        self.actions: list[Action] = []
        self._pids = 100

    def send(self, event: Event) -> list[Action]:
        actions = self.supervisor.handle(event, self.now)
        self.actions += actions
        return actions

    def start(self) -> list[Action]:
        return self.send(StartAsked())

    def stop(self, *, hard: bool = False) -> list[Action]:
        return self.send(StopAsked(hard=hard))

    def wait(self, seconds: float) -> list[Action]:
        """Let time pass; what came due on the way comes in its order."""
        ends, done = self.now + seconds, []
        while (wake := self.supervisor.wake) is not None and wake <= ends:
            self.now = max(self.now, wake)
            done += self.send(TimePassed())
        self.now = ends
        return done + self.send(TimePassed())

    def run(self, name: str) -> int:
        return self.supervisor.lives[name].run

    def state(self, name: str) -> str:
        return str(self.supervisor.lives[name].state)

    def states(self) -> dict[str, str]:
        return {name: self.state(name) for name in self.supervisor.lives}

    def prepare(self, name: str, *steps: str, done: bool = False) -> list[Action]:
        return self.send(Prepared(name, self.run(name), steps, done=done))

    def end_step(self, name: str, step: str, why: str = "") -> list[Action]:
        return self.send(StepEnded(name, self.run(name), step, why))

    def begin(self, name: str) -> list[Action]:
        """Its process is there."""
        self._pids += 1
        return self.send(Started(name, self.run(name), self._pids))

    def answer(self, name: str, why: str = "") -> list[Action]:
        return self.send(Probed(name, self.run(name), why))

    def end(self, name: str, code: int = 0) -> list[Action]:
        return self.send(Exited(name, self.run(name), code))

    def bring(self, name: str) -> None:
        """From preparing to ready, or to its end."""
        self.prepare(name)
        self.begin(name)
        if self.supervisor.lives[name].service.ends:
            self.end(name)
        else:
            self.answer(name)

    def bring_all(self) -> None:
        """Start the stack and let everything become ready."""
        self.start()
        while due := [name for name, state in self.states().items() if state == "preparing"]:
            for name in due:
                self.bring(name)

    def end_all(self) -> None:
        """Everything that is told to stop does."""
        while due := [name for name, state in self.states().items() if state == "stopping"]:
            for name in due:
                self.end(name)


def prepared(actions: list[Action]) -> list[str]:
    return [one.service.name for one in actions if isinstance(one, Prepare)]


def started(actions: list[Action]) -> list[str]:
    return [one.service.name for one in actions if isinstance(one, Start)]


def stepped(actions: list[Action]) -> list[str]:
    return [one.step.name for one in actions if isinstance(one, RunStep)]


def probed(actions: list[Action]) -> list[str]:
    return [one.service.name for one in actions if isinstance(one, TryProbe)]


def signalled(actions: list[Action]) -> list[tuple[str, str]]:
    return [(one.name, one.signal) for one in actions if isinstance(one, Signal)]


def said(actions: list[Action], level: str = "") -> list[str]:
    return [f"{one.name}: {one.text}" for one in actions if isinstance(one, Say) and level in ("", one.level)]


def only(actions: list[Action], kind: type) -> list[Any]:
    return [one for one in actions if isinstance(one, kind)]

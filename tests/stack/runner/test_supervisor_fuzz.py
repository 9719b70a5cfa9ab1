"""Any order of events: never two processes of one service, and nothing left when the stack has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tenfold.stack.runner.actions import Finish, Prepare, RunStep, Signal, Start, TryProbe
from tenfold.stack.runner.events import (
    Exited,
    KillAsked,
    NotPrepared,
    NotStarted,
    Prepared,
    Probed,
    ReloadAsked,
    RestartAsked,
    StartAsked,
    Started,
    StepEnded,
    StopAsked,
    TimePassed,
)
from tenfold.stack.runner.states import ALIVE, State
from tenfold.stack.runner.supervisor import Supervisor
from tests.stack.runner.example_plan import make_shop_plan

if TYPE_CHECKING:
    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.events import Event

PLAN = make_shop_plan()
NAMES = tuple(service.name for service in PLAN.services)
ENDING = {"TERM", "INT", "QUIT", "KILL"}


class World(RuleBasedStateMachine):
    """Plays a world in which everything may happen at any time, but each thing only as often as it can."""

    def __init__(self) -> None:
        super().__init__()
        self.supervisor = Supervisor(PLAN, lambda: 0.5)
        self.now = 0.0
        self.underway: list[Action] = []
        """Preparing, starting and probing that has not answered yet."""
        self.processes: dict[str, tuple[int, str]] = {}
        """Service -> (run, step or "") of what lives."""
        self.told: set[str] = set()
        """What was sent a signal that ends it."""
        self.stale: list[Event] = []
        self.finished = 0

    def send(self, event: Event) -> None:
        assert not self.finished, "a finished supervisor is asked nothing any more"
        for action in self.supervisor.handle(event, self.now):
            self.play(action)

    def play(self, action: Action) -> None:
        assert not self.finished, "nothing is wanted after the end"
        match action:
            case Prepare() | TryProbe():
                self.underway.append(action)
            case Start() | RunStep():
                name = action.service.name
                assert name not in self.processes, f"a second process of {name}"
                step = action.step.name if isinstance(action, RunStep) else ""
                self.processes[name] = (action.run, step)
                self.told.discard(name)
                if not step:
                    self.underway.append(action)
            case Signal():
                if action.name in self.processes and action.signal in ENDING:
                    self.told.add(action.name)
            case Finish():
                self.finished += 1

    @initialize()
    def start(self) -> None:
        self.send(StartAsked())

    @precondition(lambda self: self.underway and not self.finished)
    @rule(data=st.data(), well=st.sampled_from([True, True, True, True, True, False]), done=st.booleans())
    def answer(self, data: st.DataObject, well: bool, done: bool) -> None:
        action = self.underway.pop(data.draw(st.integers(0, len(self.underway) - 1)))
        self.resolve(action, well=well, done=done)

    def resolve(self, action: Action, *, well: bool, done: bool = False) -> None:
        match action:
            case Prepare(service, run):
                steps = tuple(step.name for step in service.steps)
                fine = Prepared(service.name, run, steps, done=done and service.ends)
                self.send(fine if well else NotPrepared(service.name, run, "disk full"))
            case Start(service, run):
                if well:
                    self.send(Started(service.name, run, 1000 + run))
                elif self.processes.get(service.name) == (run, ""):
                    del self.processes[service.name]
                    self.send(NotStarted(service.name, run, "not there"))
            case TryProbe(service, run):
                self.send(Probed(service.name, run, "" if well else "refused"))

    @precondition(lambda self: self.processes and not self.finished)
    @rule(data=st.data(), code=st.sampled_from([0, 1, -9]))
    def end(self, data: st.DataObject, code: int) -> None:
        self.end_process(data.draw(st.sampled_from(sorted(self.processes))), code)

    def end_process(self, name: str, code: int) -> None:
        run, step = self.processes[name]
        pending = next((one for one in self.underway if isinstance(one, Start) and one.run == run), None)
        if pending is not None and pending.service.name == name:
            self.underway.remove(pending)
            self.resolve(pending, well=True)
        if self.finished:
            return
        del self.processes[name]
        self.told.discard(name)
        event = StepEnded(name, run, step, "" if code == 0 else "bad") if step else Exited(name, run, code)
        self.stale.append(event)
        self.send(event)

    @precondition(lambda self: self.stale and not self.finished)
    @rule(data=st.data())
    def repeat_what_was_sent(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.stale))
        if event.name in self.processes and self.processes[event.name][0] == event.run:  # type: ignore[union-attr]
            return
        if self.supervisor.lives[event.name].run == event.run:  # type: ignore[union-attr]
            return
        self.send(event)

    @precondition(lambda self: not self.finished)
    @rule(seconds=st.sampled_from([0.0, 0.05, 0.3, 2.0, 15.0, 100.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.send(TimePassed())

    @precondition(lambda self: not self.finished)
    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    def restart(self, names: list[str]) -> None:
        self.send(RestartAsked(tuple(names)))

    @precondition(lambda self: not self.finished)
    @rule(name=st.sampled_from(NAMES), signal=st.sampled_from(["KILL", "TERM", "HUP"]))
    def kill(self, name: str, signal: str) -> None:
        self.send(KillAsked(name, signal))

    @precondition(lambda self: not self.finished)
    @rule(name=st.sampled_from(NAMES))
    def reload(self, name: str) -> None:
        self.send(ReloadAsked(self.supervisor.lives[name].service))

    @precondition(lambda self: not self.finished)
    @rule(hard=st.booleans())
    def stop(self, hard: bool) -> None:
        self.send(StopAsked(hard=hard))

    @precondition(lambda self: self.finished)
    @rule()
    def rest(self) -> None:
        """Nothing happens after the end."""

    @invariant()
    def every_process_belongs_to_a_live_state(self) -> None:
        for name in self.processes:
            assert self.supervisor.lives[name].state in ALIVE, name

    @invariant()
    def a_ready_service_has_a_process(self) -> None:
        for name, life in self.supervisor.lives.items():
            if life.state is State.READY:
                assert name in self.processes

    @invariant()
    def what_waits_for_time_asks_to_be_woken(self) -> None:
        waits = any(life.state is State.BACKOFF for life in self.supervisor.lives.values())
        assert not waits or self.supervisor.finished or self.supervisor.wake is not None

    def teardown(self) -> None:
        """However it went: asked to stop, a world that obeys leads to the end, within a bounded time."""
        if not self.finished:
            self.send(StopAsked())
        for _ in range(200):
            if self.finished:
                break
            if self.underway:
                self.resolve(self.underway.pop(), well=True)
            elif told := sorted(self.told & self.processes.keys()):
                self.end_process(told[0], -15)
            else:
                self.now += 1.0
                self.send(TimePassed())
        assert self.finished == 1
        assert self.processes == {}


World.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyOrderOfEvents = World.TestCase

"""One service's life: a state machine without a world. Events in, actions out, time as an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from signal import Signals
from typing import TYPE_CHECKING

from tenfold.stack.runner.actions import MarkDone, Prepare, Reload, RunStep, Say, Signal, Start, TryProbe
from tenfold.stack.runner.backoff import STEADY, Failures
from tenfold.stack.runner.events import Exited, NotPrepared, NotStarted, Prepared, Probed, Started, StepEnded
from tenfold.stack.runner.states import ALIVE, SETTLED, State, check_move

if TYPE_CHECKING:
    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.events import OfService
    from tenfold.stack.service import Service

FIRST_PROBE = 0.02
"""Seconds after the start: Valkey listens by then."""
PACE = 20
"""Attempts come further apart the longer a start takes: a quick service is not kept waiting, a slow one is
told ready a twentieth late, and one that hangs costs nothing."""
SLOWEST_PROBE = 2.0
STEP_PATIENCE = 3.0
"""Seconds that a step (initdb) has to go when the stack stops; it runs anew at the next start."""


@dataclass
class Life:
    """A service and what is known of its process."""

    service: Service
    state: State = State.WAITING
    entered: float = 0.0
    """When it came into its state."""
    began: float = 0.0
    """When the present run began."""
    run: int = 0
    pid: int = 0
    restarts: int = 0
    was_ready: bool = False
    why: str = ""
    """What is wrong, or was last."""
    failures: Failures = field(default_factory=Failures)
    after: State = State.STOPPED
    """What follows STOPPING; FAILED stands for "count it as a failure"."""
    again: bool = False
    deadline: float | None = None
    next_probe: float | None = None
    kill_asked: float | None = None
    steps: tuple[str, ...] = ()
    """Names of those still to run."""
    told: Signal | None = None
    """The last signal that was to end it."""

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    @property
    def settled(self) -> bool:
        """What needs it need not wait for it (any longer)."""
        gave_up = self.state in (State.BACKOFF, State.FAILED)
        return self.state in SETTLED or (gave_up and not self.service.essential)

    @property
    def wake(self) -> float | None:
        """When time alone changes something."""
        return min((at for at in (self.deadline, self.next_probe) if at is not None), default=None)

    def begin(self, now: float) -> list[Action]:
        """Start a new run: WAITING -> PREPARING."""
        self._move(State.PREPARING, now)
        self.run += 1
        self.began = now
        again, self.again = self.again, False
        return [Prepare(self.service, self.run, again=again)]

    def handle(self, event: OfService, now: float, *, chance: float, excused: bool) -> list[Action]:
        """What an event of this run changes. `excused`: what it needs is down, a failure is not its own."""
        if event.run != self.run or not self.alive:
            return []
        match event:
            case Prepared():
                return self._prepared(event, now)
            case StepEnded():
                return self._step_ended(event, now, chance=chance)
            case Started():
                return self._started(event, now)
            case Probed():
                return self._probed(event, now)
            case NotPrepared() | NotStarted() | Exited():
                return self._gone(event, now, chance=chance, excused=excused)

    def tick(self, now: float) -> list[Action]:
        """What time alone brings: a probe that is due, a deadline that has passed."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            return self._overdue(now)
        if self.next_probe is not None and now >= self.next_probe:
            self.next_probe = None
            return [TryProbe(self.service, self.run)]
        return []

    def stop(self, now: float, after: State = State.STOPPED) -> list[Action]:
        """Stop it politely; `after` says what follows (WAITING for a restart)."""
        if self.state is State.STOPPING:
            self.after = after
            return []
        if not self.alive:
            return self._leave(now, after)
        stepping = self.state is State.PREPARING
        self._move(State.STOPPING, now)
        self.after = after
        self.deadline = now + (STEP_PATIENCE if stepping else self.service.stop_seconds)
        return self._signal("TERM" if stepping else self.service.stop_signal)

    def kill(self, now: float) -> list[Action]:
        """Stop it at once, its whole group."""
        if not self.alive:
            return self._leave(now, State.STOPPED)
        if self.state is not State.STOPPING:
            self._move(State.STOPPING, now)
        self.after = State.STOPPED
        self.deadline = None
        return self._signal("KILL", group=True)

    def restart(self, now: float) -> list[Action]:
        """Stop it where it runs, and start it anew; what failed before is forgiven."""
        self.failures.forgive()
        self.again = True
        return self.stop(now, State.WAITING)

    def reload(self, service: Service, now: float) -> list[Action]:
        """It is planned as `service` now: read the files again, or restart."""
        same = service.command == self.service.command
        self.service = service
        if same and service.reload_signal and self.state is State.READY:
            return [Reload(service), Say(self.name, "reads its configuration again")]
        return self.restart(now)

    def _move(self, new: State, now: float) -> None:
        self.state = check_move(self.name, self.state, new)
        self.entered = now
        self.deadline = self.next_probe = None

    def _signal(self, signal: str, *, group: bool = False) -> list[Action]:
        self.told = Signal(self.name, signal, group=group)
        return [self.told]

    def _leave(self, now: float, after: State) -> list[Action]:
        """A stop or restart of what does not run."""
        leaves = self.state in (State.WAITING, State.BACKOFF)
        if (after is State.STOPPED and leaves) or (after is State.WAITING and self.state is not after):
            self._move(after, now)
        return []

    def _prepared(self, event: Prepared, now: float) -> list[Action]:
        if self.state is State.STOPPING:
            return self._stopped(now, chance=0.0)
        if event.done:
            self.was_ready = True
            self._move(State.DONE, now)
            return [Say(self.name, "has nothing to do")]
        self.steps = event.steps
        return self._next(now)

    def _next(self, now: float) -> list[Action]:
        """The next step that is due, or the service itself."""
        for step in self.service.steps:
            if step.name in self.steps:
                self.deadline = now + step.seconds
                return [Say(self.name, step.name), RunStep(self.service, self.run, step)]
        self._move(State.STARTING, now)
        self.deadline = now + self.service.start_seconds
        return [Start(self.service, self.run)]

    def _step_ended(self, event: StepEnded, now: float, *, chance: float) -> list[Action]:
        if self.state is State.STOPPING:
            return self._stopped(now, chance=chance)
        self.steps = tuple(one for one in self.steps if one != event.step)
        if event.why:
            # What a step needs is there or it is not: trying again is for a person.
            return self._fail(f"{event.step}: {event.why}", now)
        self.deadline = None
        return self._next(now)

    def _started(self, event: Started, now: float) -> list[Action]:
        self.pid = event.pid
        if self.state is State.STOPPING:
            # The stop was asked while the process was being made: it is told again.
            return [self.told] if self.told else []
        if not self.service.ends:
            self.next_probe = now + FIRST_PROBE
        return []

    def _probed(self, event: Probed, now: float) -> list[Action]:
        if self.state is not State.STARTING:
            return []
        if event.why:
            self.why = event.why
            self.next_probe = now + min(max(FIRST_PROBE, (now - self.entered) / PACE), SLOWEST_PROBE)
            return []
        self._move(State.READY, now)
        self.was_ready, self.why = True, ""
        return [Say(self.name, f"ready in {now - self.began:.1f} s", level="good")]

    def _gone(
        self, event: NotPrepared | NotStarted | Exited, now: float, *, chance: float, excused: bool
    ) -> list[Action]:
        self.pid = 0
        if not isinstance(event, Exited):
            return self._ended(event.why, now, chance=chance, excused=excused)
        if self.service.ends and event.code == 0 and self.state is State.STARTING:
            self.was_ready, self.why = True, ""
            self._move(State.DONE, now)
            return [MarkDone(self.service), Say(self.name, f"done in {now - self.began:.1f} s", level="good")]
        return self._ended(describe_exit(event.code), now, chance=chance, excused=excused)

    def _ended(self, why: str, now: float, *, chance: float, excused: bool) -> list[Action]:
        """The process is gone, or never was."""
        if self.state is State.STOPPING:
            return self._stopped(now, chance=chance)
        if self.state is State.READY and now - self.entered >= STEADY:
            self.failures.forgive()
        asked = self.kill_asked is not None and now - self.kill_asked < STEADY
        self.kill_asked = None
        if self.service.ends or (self.service.essential and not self.was_ready):
            return self._fail(why, now)
        return self._retry(why, now, chance=chance, own=not (asked or excused))

    def _stopped(self, now: float, *, chance: float) -> list[Action]:
        """STOPPING has come to its end."""
        self.pid = 0
        if self.after is not State.FAILED:
            self._move(self.after, now)
            return [Say(self.name, "stopped")]
        if self.service.ends or (self.service.essential and not self.was_ready):
            return self._fail(self.why, now)
        return self._retry(self.why, now, chance=chance, own=True)

    def _retry(self, why: str, now: float, *, chance: float, own: bool) -> list[Action]:
        self.failures.note(now, own=own)
        if self.failures.looping:
            return self._fail(f"{why}; {len(self.failures.times)} times within a minute", now)
        self._move(State.BACKOFF, now)
        self.why = why
        self.restarts += 1
        delay = self.failures.delay(chance)
        self.deadline = now + delay
        return [Say(self.name, f"{why}; it is started again in {delay:.1f} s", level="warning")]

    def _fail(self, why: str, now: float) -> list[Action]:
        self.why = why
        self._move(State.FAILED, now)
        return [Say(self.name, why, level="error", tail=True)]

    def _overdue(self, now: float) -> list[Action]:
        if self.state is State.BACKOFF:
            self._move(State.WAITING, now)
            return []
        if self.state is State.STOPPING:
            warning = Say(self.name, "does not stop; it is killed", level="warning")
            return [*self._signal("KILL", group=True), warning]
        why = f"not ready after {now - self.entered:.0f} s"
        if self.state is State.PREPARING:
            why = f"{self.steps[0] if self.steps else 'preparing'}: not done after {now - self.began:.0f} s"
        self.why = f"{why}: {self.why}" if self.why and self.state is State.STARTING else why
        return self.stop(now, State.FAILED)


def describe_exit(code: int) -> str:
    """ "ended with code 3", "was ended by SIGKILL": `code` is negative for a signal."""
    if code >= 0:
        return f"ended with code {code}"
    known = -code in {one.value for one in Signals}
    return f"was ended by {Signals(-code).name if known else f'signal {-code}'}"

"""Runs a stack: one queue of events, the supervisor's decisions, and the executor that carries them out."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.stack.runner import files
from tenfold.stack.runner.actions import Finish, Say, StackReady
from tenfold.stack.runner.children import Children
from tenfold.stack.runner.control_server import Desk, serve_control
from tenfold.stack.runner.events import StartAsked, StopAsked, TimePassed
from tenfold.stack.runner.executor import Executor
from tenfold.stack.runner.first_page import ask_first_page
from tenfold.stack.runner.lock import is_in_place
from tenfold.stack.runner.log_cap import EACH, cap_logs
from tenfold.stack.runner.log_files import Follower, log_file
from tenfold.stack.runner.log_tail import read_since
from tenfold.stack.runner.log_watch import watch_logs
from tenfold.stack.runner.probes import Place
from tenfold.stack.runner.reporting import report_status
from tenfold.stack.runner.supervisor import Supervisor
from tenfold.stack.runner.view_protocol import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.events import Event
    from tenfold.stack.runner.status import StackStatus
    from tenfold.stack.runner.view_protocol import View

TAIL = 20
"""Lines of a log that are shown with a failure."""
LOOK = 1.0
"""Seconds between looks whether the folder is still there."""


class Runner:
    """One run of a stack in one asyncio loop.

    `ready` is called when everything essential is ready. With `follow` services' own lines are shown too.
    With `adopt` this process takes in what services let loose: only for a process that does nothing else.
    `lock` is the descriptor that holds the folder's: where it is no longer in place, the stack stops.
    """

    def __init__(
        self,
        plan: StackPlan,
        view: View,
        *,
        ready: Callable[[float], None],
        follow: bool,
        adopt: bool,
        lock: int | None = None,
    ) -> None:
        self.plan = plan
        self.folder = Path(plan.folder)
        self.supervisor = Supervisor(plan, random.random)
        self._view = view
        self._ready = ready
        self._follow = follow
        self._adopt = adopt
        self._lock = lock
        self.warnings: list[str] = []
        """What is wrong though everything essential is ready."""
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._began = time.monotonic()
        self._finish: Finish | None = None
        self._came_up = asyncio.Event()
        self._seconds = 0.0
        self._failure: list[str] = []

    @property
    def failure(self) -> list[str]:
        """The last lines of the log of what made the start impossible."""
        return self._failure

    def post(self, event: Event) -> None:
        """Put an event into the queue."""
        self._queue.put_nowait(event)

    def status(self) -> StackStatus:
        """What runs now."""
        return report_status(self.plan, self.supervisor, began=self._began)

    async def run(self) -> Finish:
        """Start the stack, keep it, stop it when asked. Nothing of it runs any more afterwards."""
        children = Children(self.folder, adopt=self._adopt)
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(
                    serve_control(
                        self.folder, Desk(self.supervisor, self.status, self.post, self._queue.join)
                    )
                )
                if self._follow:
                    stack.enter_context(watch_logs(self.folder / "logs", self._follow_logs()))
                tasks = await stack.enter_async_context(asyncio.TaskGroup())
                self._watch_signals(children)
                besides = [tasks.create_task(one) for one in self._besides(children)]
                executor = Executor(self.folder, children, tasks, self.post, self._view.say)
                finish = await self._serve(executor)
                for one in besides:
                    one.cancel()
        finally:
            children.kill_all()
        return finish

    async def _serve(self, executor: Executor) -> Finish:
        loop = asyncio.get_running_loop()
        self.post(StartAsked())
        timer: asyncio.TimerHandle | None = None
        while self._finish is None:
            event = await self._queue.get()
            if timer:
                timer.cancel()
            for action in self.supervisor.handle(event, time.monotonic()):
                self._carry_out(action, executor)
            if (wake := self.supervisor.wake) is not None:
                # The loop's clock is time.monotonic as well.
                timer = loop.call_at(wake, self.post, TimePassed())
            self._view.update(self.status())
            self._queue.task_done()
        return self._finish

    def _carry_out(self, action: Action, executor: Executor) -> None:
        match action:
            case Say():
                self._say(action, executor)
            case StackReady():
                self._view.say(Line("", f"ready in {action.seconds:.1f} s: {self.plan.url}", "good"))
                self._seconds = action.seconds
                self._came_up.set()
            case Finish():
                self._finish = action
            case _:
                executor.carry_out(action)

    def _say(self, action: Say, executor: Executor) -> None:
        self._view.say(Line(action.name, action.text, action.level))
        if not action.tail:
            return
        path = log_file(self.folder, action.name)
        lines = read_since(path, executor.since(action.name), TAIL)
        self._failure = [f"{path}:", *lines] if lines else [f"{path} is empty: it said nothing"]
        for text in self._failure:
            self._view.say(Line(action.name, f"  {text}", "error"))

    def _follow_logs(self) -> Callable[[], None]:
        follower = Follower(self.folder, list(self.supervisor.lives))

        def read() -> None:
            for line in follower.read():
                self._view.say(Line(line.service, line.text, "log"))

        return read

    def _watch_signals(self, children: Children) -> None:
        if not self._adopt:
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.post, StopAsked(why=f"{number.name} received"))
        loop.add_signal_handler(signal.SIGCHLD, children.reap)

    def _interrupt(self) -> None:
        if self.supervisor.stopping:
            self._view.say(Line("", "killing what still runs", "warning"))
        self.post(StopAsked(hard=self.supervisor.stopping, why="interrupted; once more kills"))

    def _besides(self, children: Children) -> Iterator[Coroutine[None, None, None]]:
        yield self._keep_up(children)
        yield self._look_at_first_page(children)
        if self._lock is not None:
            yield self._watch_place(self._lock)

    async def _look_at_first_page(self, children: Children) -> None:
        await self._came_up.wait()
        if any(one.kind == "edge" for one in self.plan.services):
            place = Place(self.folder, children, self.folder)
            self.warnings = await ask_first_page(self.plan, place)
            for text in self.warnings:
                self._view.say(Line("", text, "warning"))
        self._ready(self._seconds)

    async def _watch_place(self, lock: int) -> None:
        scarce = False
        while is_in_place(lock, self.folder):
            scarce = self._tell_room(told=scarce)
            await asyncio.sleep(LOOK)
        self.post(StopAsked(why=f"{self.folder} was removed or moved away"))

    def _tell_room(self, *, told: bool) -> bool:
        """Whether the disk is full, said when it begins and when it is over."""
        # Data may be on a disk of their own.
        room = files.warn_of_room(self.folder) or files.warn_of_room(self.folder / "data")
        if room and not told:
            what = f"{room}: what cannot be written is refused, and works again when there is room"
            self._view.say(Line("", what, "error"))
        if told and not room:
            self._view.say(Line("", "the disk has room again", "good"))
        return bool(room)

    async def _keep_up(self, children: Children) -> None:
        while True:
            await asyncio.sleep(EACH)
            children.reap()
            for name in cap_logs(self.folder):
                self._view.say(Line("", f"logs/{name} was full: what it held is in {name}.1"))


def remove_sockets(plan: StackPlan) -> None:
    """Remove the sockets and pid files that killed services left. Nothing of the stack may run."""
    for service in plan.services:
        files.remove_stale(service, Path(plan.folder))

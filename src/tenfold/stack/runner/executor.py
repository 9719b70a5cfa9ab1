"""Carries out the supervisor's actions: the one place where a plan meets processes and files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.stack.runner import files
from tenfold.stack.runner.actions import MarkDone, Prepare, Reload, RunStep, Signal, Start, TryProbe
from tenfold.stack.runner.children import send
from tenfold.stack.runner.events import Exited, NotPrepared, NotStarted, Prepared, Probed, Started, StepEnded
from tenfold.stack.runner.life import describe_exit
from tenfold.stack.runner.log_cap import open_log
from tenfold.stack.runner.log_files import log_file
from tenfold.stack.runner.ports import TAKEN, refuse_port
from tenfold.stack.runner.probes import Place, try_probe
from tenfold.stack.runner.state_file import Recorded, read_started, write_state
from tenfold.stack.runner.strays import end_strays
from tenfold.stack.runner.view_protocol import Line
from tenfold.stack.service import Answers, Fetches

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from tenfold.stack.runner.actions import Action
    from tenfold.stack.runner.children import Child, Children
    from tenfold.stack.runner.events import Event
    from tenfold.stack.service import Command, Service


@dataclass
class Executor:
    """`post` takes the events that actions lead to, `say` lines for the person."""

    folder: Path
    children: Children
    tasks: asyncio.TaskGroup
    post: Callable[[Event], None]
    say: Callable[[Line], None]
    _running: dict[str, Child] = field(default_factory=dict)
    """The process of each service: its own, or that of its step."""
    _recorded: dict[str, Recorded] = field(default_factory=dict)
    _begins: dict[str, int] = field(default_factory=dict)
    """Size of each log when the service was started."""
    _probing: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def carry_out(self, action: Action) -> None:
        """Do it, or begin it: what takes time ends with an event."""
        match action:
            case Prepare():
                self._prepare(action)
            case RunStep():
                self._run_step(action)
            case Start():
                self._start(action)
            case TryProbe():
                self._probing[action.service.name] = self._begin(self._probe(action))
            case Signal():
                if child := self._running.get(action.name):
                    send(child, action.signal, group=action.group)
            case MarkDone():
                self._mark_done(action.service)
            case Reload():
                self._reload(action.service)

    def since(self, name: str) -> int:
        """Where in its log a service's last start begins."""
        return self._begins.get(name, 0)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        return self.tasks.create_task(work)

    def _prepare(self, action: Prepare) -> None:
        service, run = action.service, action.run
        if strays := end_strays(service, self.folder):
            self.say(Line(service.name, f"ended {len(strays)} processes that were still at work on its data"))
        try:
            changed = files.prepare_service(service, self.folder)
            steps = files.due_steps(service, self.folder)
            done = service.done is not None and files.is_marked(self.folder, *service.done)
        except (OSError, ValueError) as error:
            self.post(NotPrepared(service.name, run, self._explain(error)))
            return
        if changed and run > 1:
            self.say(Line(service.name, f"its configuration changed: {', '.join(changed)}"))
        self.post(Prepared(service.name, run, steps, done=done and not action.again))

    def _explain(self, error: OSError | ValueError) -> str:
        return files.explain_error(error, self.folder) if isinstance(error, OSError) else str(error)

    def _run_step(self, action: RunStep) -> None:
        service, step = action.service, action.step
        try:
            files.clear_step(self.folder, step)
            child = self._spawn(service, step.command, farewell="TERM")
        except (OSError, ValueError) as error:
            why = self._explain_start(error, step.command)
            self.post(StepEnded(service.name, action.run, step.name, why))
            return
        self._begin(self._await_step(action, child))

    async def _await_step(self, action: RunStep, child: Child) -> None:
        code = await self.children.wait(child)
        name = action.service.name
        self._forget(name, child)
        why = "" if code == 0 else self._explain_exit(code)
        if not why:
            try:
                files.write_mark(self.folder, action.step.done, action.step.mark)
            except OSError as error:
                why = files.explain_error(error, self.folder)
        self.post(StepEnded(name, action.run, action.step.name, why))

    def _start(self, action: Start) -> None:
        service = action.service
        if taken := find_taken_port(service):
            self.post(NotStarted(service.name, action.run, taken))
            return
        try:
            child = self._spawn(service, service.command, farewell=service.stop_signal)
        except (OSError, ValueError) as error:
            why = self._explain_start(error, service.command)
            self.post(NotStarted(service.name, action.run, why))
            return
        self.post(Started(service.name, action.run, child.pid))
        self._begin(self._await_exit(service.name, action.run, child))

    async def _await_exit(self, name: str, run: int, child: Child) -> None:
        code = await self.children.wait(child)
        self._forget(name, child)
        if probing := self._probing.pop(name, None):
            probing.cancel()
        if code != 0 and (room := files.warn_of_room(self.folder)):
            self.say(Line(name, room, "warning"))
        self.post(Exited(name, run, code))

    async def _probe(self, action: TryProbe) -> None:
        service = action.service
        place = Place(
            self.folder, self.children, log_file(self.folder, service.name), self.since(service.name)
        )
        self.post(Probed(service.name, action.run, await try_probe(service.ready, place)))

    def _spawn(self, service: Service, command: Command, *, farewell: str) -> Child:
        name = service.name
        with open_log(log_file(self.folder, name)) as log:
            self._begins[name] = log.seek(0, 2)
            child = self.children.spawn(command, output=log, open_files=service.open_files, farewell=farewell)
        self._running[name] = child
        self._recorded[name] = Recorded(name, child.pid, read_started(child.pid), farewell)
        self._record()
        return child

    def _forget(self, name: str, child: Child) -> None:
        if self._running.get(name) is child:
            del self._running[name], self._recorded[name]
            self._record()

    def _record(self) -> None:
        # On a full disk the stack goes on: what it would find here is in the processes' environment too.
        with suppress(OSError):
            write_state(self.folder, self._recorded.values())

    def _mark_done(self, service: Service) -> None:
        if service.done is None:
            return
        try:
            files.write_mark(self.folder, *service.done)
        except OSError as error:
            why = files.explain_error(error, self.folder)
            self.say(Line(service.name, f"it will run again at the next start: {why}", "warning"))

    def _reload(self, service: Service) -> None:
        try:
            changed = files.write_configuration(service, self.folder)
        except OSError as error:
            self.say(Line(service.name, files.explain_error(error, self.folder), "error"))
            return
        if changed and (child := self._running.get(service.name)):
            send(child, service.reload_signal)

    def _explain_exit(self, code: int) -> str:
        room = files.warn_of_room(self.folder)
        return f"{describe_exit(code)}; {room}" if room else describe_exit(code)

    def _explain_start(self, error: OSError | ValueError, command: Command) -> str:
        if isinstance(error, FileNotFoundError):
            return f"{error.filename or command.words[0]} is not there"
        return f"{command.words[0]} cannot be started: {self._explain(error)}"


def find_taken_port(service: Service) -> str:
    """Who has the port that the service is asked at: its answers would pass for the service's. "" for nobody."""
    if not isinstance(service.ready, Answers | Fetches) or not service.ready.port:
        return ""
    refusal = refuse_port(service.ready.port)
    return f"port {service.ready.port} {TAKEN} {refusal.why}" if refusal and refusal.busy else ""

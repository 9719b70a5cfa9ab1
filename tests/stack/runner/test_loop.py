"""Real processes, small ones: `sleep` stands for a server."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.runner import files, loop
from tenfold.stack.runner.control_client import ask
from tenfold.stack.runner.events import KillAsked, RestartAsked, StopAsked
from tenfold.stack.runner.lock import take_lock
from tenfold.stack.runner.log_cap import cap_logs
from tenfold.stack.runner.loop import Runner, remove_sockets
from tenfold.stack.runner.recovery import find_leftovers
from tenfold.stack.runner.state_file import read_state
from tenfold.stack.runner.view_protocol import NoView
from tenfold.stack.service import Answers, Command, File, Says, Succeeds
from tests.stack.runner.example_plan import make_command, make_plan, make_service, make_step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenfold.stack.runner.actions import Finish
    from tenfold.stack.runner.view_protocol import Line
    from tenfold.stack.service import Service

SLEEP = Command(("sleep", "1000"))
AT_ONCE = Succeeds(Command(("true",)))
PATIENCE = 30.0


class Lines(NoView):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def say(self, line: Line) -> None:
        self.lines.append(line)

    def texts(self, level: str = "") -> list[str]:
        return [f"{one.service}: {one.text}" for one in self.lines if level in ("", one.level)]


def make_sleeper(name: str, *needs: str, **changes: Any) -> Service:
    return make_service(name, *needs, **{"command": SLEEP, "ready": AT_ONCE, **changes})


def make_shell(text: str) -> Command:
    return Command(("sh", "-c", text))


class Stack:
    """A runner over a folder, with what a test asks of it."""

    def __init__(
        self, folder: Path, *services: Service, follow: bool = False, lock: int | None = None
    ) -> None:
        self.folder = folder / ".tenfold"
        for name in ("run", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.plan = make_plan(*services, folder=str(self.folder))
        self.view = Lines()
        self.up = asyncio.Event()
        self.runner = Runner(
            self.plan, self.view, ready=lambda seconds: self.up.set(), follow=follow, adopt=False, lock=lock
        )

    def play(self, story: Callable[[Stack], Awaitable[None]] | None = None) -> Finish:
        """Start it, let the story happen once it is up, stop it."""
        return asyncio.run(self._play(story))

    async def _play(self, story: Callable[[Stack], Awaitable[None]] | None) -> Finish:
        async with asyncio.timeout(PATIENCE):
            running = asyncio.create_task(self.runner.run())
            up = asyncio.create_task(self.up.wait())
            await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
            try:
                if story and up.done():
                    await story(self)
            finally:
                up.cancel()
                self.runner.post(StopAsked())
                finish = await running
        assert find_leftovers(self.folder) == []
        return finish

    def pid(self, name: str) -> int:
        return self.runner.supervisor.lives[name].pid

    def state(self, name: str) -> str:
        return str(self.runner.supervisor.lives[name].state)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.005)

    def log(self, name: str) -> str:
        return (self.folder / f"logs/{name}.log").read_text()


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_a_stack_starts_in_order_and_stops_without_a_trace(tmp_path: Path) -> None:
    order = tmp_path / "order"
    steps = (make_step("initdb", command=make_shell(f"echo initdb >> {order}"), done="data/initdb.done"),)
    stack = Stack(
        tmp_path,
        make_sleeper("postgres", steps=steps, command=make_shell(f"echo postgres >> {order}; sleep 1000")),
        make_command(
            "migrate", "postgres", command=make_shell(f"echo migrate >> {order}"), done=("data/m", "1")
        ),
        make_sleeper("app-1", "migrate", command=make_shell(f"echo app >> {order}; exec sleep 1000")),
    )
    pids: list[int] = []

    async def story(stack: Stack) -> None:
        pids.extend(stack.pid(name) for name in ("postgres", "app-1"))
        assert {one.name for one in read_state(stack.folder)} == {"postgres", "app-1"}

    assert stack.play(story).failed == ""
    assert order.read_text().split() == ["initdb", "postgres", "migrate", "app"]
    assert not any(map(lives, pids))
    assert not (stack.folder / "run/control.sock").exists()


def test_a_second_start_does_not_repeat_what_is_done(tmp_path: Path) -> None:
    order = tmp_path / "order"
    services = (
        make_sleeper("db", steps=(make_step("initdb", command=make_shell(f"echo initdb >> {order}")),)),
        make_command("migrate", "db", command=make_shell(f"echo migrate >> {order}"), done=("data/m", "1")),
    )
    Stack(tmp_path, *services).play()
    Stack(tmp_path, *services).play()
    assert order.read_text().split() == ["initdb", "migrate"]


def test_a_killed_service_comes_back_and_its_workers_go(tmp_path: Path) -> None:
    workers = tmp_path / "workers"
    command = make_shell(f"sleep 1000 & echo $! >> {workers}; wait")
    stack = Stack(tmp_path, make_sleeper("app-1", command=command), make_sleeper("edge", "app-1"))

    async def story(stack: Stack) -> None:
        first, edge = stack.pid("app-1"), stack.pid("edge")
        await stack.until(lambda: workers.exists() and bool(workers.read_text()))
        worker = int(workers.read_text())
        os.kill(first, signal.SIGKILL)
        await stack.until(lambda: stack.state("app-1") == "ready" and stack.pid("app-1") != first)
        assert find_process_state(worker) in ("", "Z")
        assert stack.pid("edge") == edge

    assert stack.play(story).failed == ""
    assert "app-1: was ended by SIGKILL; it is started again in" in "\n".join(stack.view.texts("warning"))


def find_process_state(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0]
    return ""


def test_a_failed_start_shows_the_log_and_stops_the_rest(tmp_path: Path) -> None:
    script = "for i in $(seq 30); do echo line $i; done; echo it broke >&2; exit 3"
    stack = Stack(tmp_path, make_sleeper("db"), make_command("migrate", "db", command=make_shell(script)))
    finish = stack.play()
    assert (finish.failed, finish.why) == ("migrate", "ended with code 3")
    errors = stack.view.texts("error")
    assert errors[1] == f"migrate:   {stack.folder}/logs/migrate.log:"
    assert errors[2] == "migrate:   line 12"
    assert errors[-1] == "migrate:   it broke"
    assert stack.state("db") == "stopped"


def test_a_log_of_an_earlier_start_is_not_taken_for_this_one(tmp_path: Path) -> None:
    Stack(tmp_path, make_command("migrate", command=make_shell("echo of before"))).play()
    stack = Stack(tmp_path, make_command("migrate", command=make_shell("exit 1")))
    stack.play()
    assert stack.view.texts("error")[1:] == [
        f"migrate:   {stack.folder}/logs/migrate.log is empty: it said nothing"
    ]


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("edge", command=Command(("/nowhere/nginx",))))
    assert stack.play().why == "/nowhere/nginx is not there"


def test_another_servers_answers_are_not_taken_for_its_own(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        finish = Stack(tmp_path, make_sleeper("edge", ready=Answers(port))).play()
    assert finish.failed == "edge"
    assert finish.why.startswith(f"port {port} is taken: ")
    assert f"(process {os.getpid()}" in finish.why


def test_a_file_that_cannot_be_written_ends_the_start(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("edge", files=(File("../outside", "x"),)))
    assert "nothing else is written" in stack.play().why
    assert not (tmp_path / "outside").exists()


def test_a_service_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    command = make_shell("trap '' TERM; echo deaf; while :; do sleep 1000; done")
    stack = Stack(tmp_path, make_service("deaf", command=command, ready=Says("deaf"), stop_seconds=0.1))
    assert stack.play().failed == ""
    assert stack.view.texts("warning") == ["deaf: does not stop; it is killed"]


def test_a_stop_during_a_step_leaves_the_step_undone(tmp_path: Path) -> None:
    step = make_step("copy", command=make_shell("sleep 1000"))
    stack = Stack(tmp_path, make_sleeper("db"), make_sleeper("replica-1", steps=(step,), essential=False))

    async def story(stack: Stack) -> None:
        await stack.until(lambda: stack.state("replica-1") == "preparing")

    stack.play(story)
    assert stack.state("replica-1") == "stopped"
    assert not (stack.folder / step.done).exists()


def test_instances_restart_one_after_the_other(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("app-1"), make_sleeper("app-2"))

    async def story(stack: Stack) -> None:
        before = {name: stack.pid(name) for name in ("app-1", "app-2")}
        stack.runner.post(RestartAsked(("app-1", "app-2")))

        def over() -> bool:
            ready = [name for name in before if stack.state(name) == "ready"]
            assert ready, "one of them serves at every moment"
            return len(ready) == 2 and all(stack.pid(name) != before[name] for name in before)

        await stack.until(over)

    assert stack.play(story).failed == ""


def test_a_rehearsed_kill_is_said_and_mended(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("app-1"))

    async def story(stack: Stack) -> None:
        first = stack.pid("app-1")
        stack.runner.post(KillAsked("app-1"))
        await stack.until(lambda: stack.state("app-1") == "ready" and stack.pid("app-1") != first)

    stack.play(story)
    assert "app-1: gets SIGKILL" in stack.view.texts()


def test_an_answer_means_that_it_is_carried_out(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("app-1"))

    async def story(stack: Stack) -> None:
        for word in ("CONT", "URG", "WINCH"):
            await asyncio.to_thread(ask, stack.folder, "kill", name="app-1", signal=word)
            assert f"app-1: gets SIG{word}" in stack.view.texts()

    stack.play(story)


def test_services_own_lines_are_shown_while_one_looks(tmp_path: Path) -> None:
    command = make_shell("echo hello; exec sleep 1000")
    stack = Stack(tmp_path, make_service("app-1", command=command, ready=Says("hello")), follow=True)
    stack.play()
    assert stack.view.texts("log") == ["app-1: hello"]


def test_sockets_that_killed_services_left_are_removed(tmp_path: Path) -> None:
    stack = Stack(tmp_path, make_sleeper("app-1", sockets=("run/app-1.sock",)))
    (stack.folder / "run/app-1.sock").touch()
    remove_sockets(stack.plan)
    assert not (stack.folder / "run/app-1.sock").exists()


def test_a_stack_whose_folder_was_removed_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    (tmp_path / ".tenfold").mkdir()
    stack = Stack(tmp_path, make_sleeper("app-1"), lock=take_lock(tmp_path / ".tenfold"))

    async def story(stack: Stack) -> None:
        shutil.rmtree(stack.folder)
        await stack.until(lambda: stack.runner.supervisor.finished)

    assert stack.play(story).failed == ""
    assert f": stopping: {stack.folder} was removed or moved away" in stack.view.texts()
    assert not stack.folder.exists(), "nothing of it was made anew"


def test_a_full_disk_is_told_once_and_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    room = {"left": "the disk has 3 MiB left"}
    looks: list[Path] = []

    def look(folder: Path) -> str:
        looks.append(folder)
        return room["left"] if folder.name == "data" else ""

    monkeypatch.setattr(files, "warn_of_room", look)
    (tmp_path / ".tenfold").mkdir()
    stack = Stack(tmp_path, make_sleeper("app-1"), lock=take_lock(tmp_path / ".tenfold"))

    async def story(stack: Stack) -> None:
        await stack.until(lambda: len(looks) > 6)
        room["left"] = ""
        await stack.until(lambda: ": the disk has room again" in stack.view.texts())

    stack.play(story)
    assert len([text for text in stack.view.texts("error") if "3 MiB left" in text]) == 1
    assert "app-1: stopped" in stack.view.texts(), "it went on until it was stopped"


def test_every_log_is_kept_small_while_the_stack_runs_also_those_that_servers_write_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "EACH", 0.01)
    monkeypatch.setattr(loop, "cap_logs", partial(cap_logs, most=100))
    names = ("edge.log", "edge-access.log")

    async def story(stack: Stack) -> None:
        for name in names:
            with (stack.folder / "logs" / name).open("a") as log:
                log.write("no live upstreams\n" * 50)
        told = {f": logs/{name} was full: what it held is in {name}.1" for name in names}
        await stack.until(lambda: told <= {*stack.view.texts()})

    stack = Stack(tmp_path, make_sleeper("edge"))
    stack.play(story)
    for name in names:
        assert (stack.folder / "logs" / name).stat().st_size == 0
        assert (stack.folder / "logs" / f"{name}.1").stat().st_size == 100


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    stack = Stack(tmp_path, make_sleeper("app-1"), make_sleeper("worker"))
    real = time.time

    async def story(stack: Stack) -> None:
        before, steady = stack.pid("app-1"), stack.pid("worker")
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        os.kill(before, signal.SIGKILL)
        await stack.until(lambda: stack.state("app-1") == "ready" and stack.pid("app-1") != before)
        assert stack.pid("worker") == steady
        assert abs(stack.runner.status().since - time.time()) < 3600, "ages are shown on the new clock"

    assert stack.play(story).failed == ""

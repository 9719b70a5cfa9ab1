"""The supervisor as a process of its own: signals, exit codes, what a detaching parent is told."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.plan_file import encode_plan
from tenfold.stack.runner.recovery import find_leftovers
from tenfold.stack.service import Command, Says
from tests.stack.runner.example_plan import make_command, make_plan, make_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import Service

PATIENCE = 60.0


def make_shell(text: str) -> Command:
    return Command(("sh", "-c", text))


def make_server(name: str, text: str = "echo up; exec sleep 1000", **changes: Any) -> Service:
    return make_service(name, command=make_shell(text), ready=Says("up"), **changes)


def read_words(holder: Path) -> str:
    """The command line of the process whose number a file holds; "" when it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{holder.read_text().strip()}/cmdline").read_text()
    return ""


def write_plan(folder: Path, *services: Service) -> Path:
    stack = folder / ".tenfold"
    stack.mkdir(exist_ok=True)
    (stack / "plan.json").write_text(encode_plan(make_plan(*services, folder=str(stack))))
    return stack / "plan.json"


class Process:
    """A supervisor and the descriptor at which its parent waits."""

    def __init__(self, plan: Path) -> None:
        self.folder = plan.parent
        self._reading, writing = os.pipe()
        words = [sys.executable, "-m", "tenfold.stack.runner", str(plan), "--ready-fd", str(writing)]
        self.process = subprocess.Popen(
            words, pass_fds=(writing,), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        os.close(writing)

    def told(self) -> dict[str, Any]:
        ready, _, _ = select.select([self._reading], [], [], PATIENCE)
        assert ready, "it told nothing"
        answer: dict[str, Any] = json.loads(os.read(self._reading, 65_536))
        return answer

    def end(self, *signals: signal.Signals) -> tuple[int, str]:
        """Its exit code and all that it printed."""
        for number in signals:
            self.process.send_signal(number)
        text, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, text

    def clean_up(self) -> None:
        os.close(self._reading)
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@contextmanager
def supervising(plan: Path) -> Iterator[Process]:
    process = Process(plan)
    try:
        yield process
    finally:
        process.clean_up()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(tmp_path: Path, number: signal.Signals) -> None:
    plan = write_plan(tmp_path, make_server("db"), make_server("app-1", needs=("db",)))
    with supervising(plan) as process:
        assert process.told()["ready"] is True
        code, text = process.end(number)
    assert code == 0
    lines = text.splitlines()
    assert lines.index("app-1   > stopped") < lines.index("db      > stopped")
    assert lines[-1] == "tenfold > stopped"
    assert find_leftovers(process.folder) == []


def test_a_second_interrupt_kills_what_is_deaf(tmp_path: Path) -> None:
    deaf = make_server("deaf", "trap '' TERM; echo up; while :; do sleep 1000; done", stop_seconds=600.0)
    with supervising(write_plan(tmp_path, deaf)) as process:
        process.told()
        process.process.send_signal(signal.SIGINT)
        assert process.process.stdout
        while "stopping" not in process.process.stdout.readline():
            assert process.process.poll() is None
        code, text = process.end(signal.SIGINT)
    assert code == 0
    assert "killing what still runs" in text
    assert find_leftovers(process.folder) == []


def test_a_failed_start_is_told_to_the_parent_with_its_log(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, make_command("migrate", command=make_shell("echo no such table >&2; exit 1")))
    with supervising(plan) as process:
        told = process.told()
        code, text = process.end()
    assert (told["ready"], told["what"]) == (False, "migrate failed.")
    assert told["why"].splitlines() == [
        "ended with code 1",
        f"{plan.parent}/logs/migrate.log:",
        "no such table",
    ]
    assert code == 1
    assert text.splitlines()[-1] == "tenfold > not started: migrate failed: ended with code 1"


def test_a_second_supervisor_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, make_server("app-1"))
    with supervising(plan) as first:
        first.told()
        with supervising(plan) as second:
            told = second.told()
            assert second.end()[0] == 2
        assert told["what"] == f"A stack runs in {plan.parent} already."
        assert str(first.process.pid) in told["why"]
        assert first.end(signal.SIGTERM)[0] == 0


def test_a_killed_supervisor_takes_its_services_with_it_and_the_next_start_recovers(tmp_path: Path) -> None:
    # The kernel tells the leader of its supervisor's death, not the worker.
    plan = write_plan(tmp_path, make_server("app-1", "sleep 1000 & echo up; wait"))
    with supervising(plan) as first:
        first.told()
        first.process.kill()
        first.process.wait()
        left = find_leftovers(plan.parent)
        assert left
    plan = write_plan(tmp_path, make_server("app-1"))
    with supervising(plan) as second:
        assert second.told()["ready"] is True
        assert not {one.pid for one in left} & {one.pid for one in find_leftovers(plan.parent)}
        code, text = second.end(signal.SIGTERM)
    assert code == 0
    assert "that an earlier run had left" in text


@pytest.mark.parametrize("text", ["{", '{"version": 99}'])
def test_a_spoilt_plan_is_refused(tmp_path: Path, text: str) -> None:
    plan = write_plan(tmp_path)
    plan.write_text(text)
    with supervising(plan) as process:
        assert process.told()["what"] == "The plan of the running stack cannot be read."
        assert process.end()[0] == 2


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    with supervising(tmp_path / "plan.json") as process:
        assert process.told()["what"] == f"{tmp_path}/plan.json cannot be read."
        assert process.end()[0] == 2


def test_what_leaves_its_session_is_stopped_at_the_end(tmp_path: Path) -> None:
    daemon = make_server("daemon", "setsid sleep 1000 & echo up; exec sleep 1000")
    with supervising(write_plan(tmp_path, daemon)) as process:
        process.told()
        assert len(find_leftovers(process.folder)) == 2
        assert process.end(signal.SIGTERM)[0] == 0
    assert find_leftovers(process.folder) == []


def test_what_also_hides_its_stack_is_stopped_at_the_end(tmp_path: Path) -> None:
    hidden, script = tmp_path / "hidden", tmp_path / "daemon.sh"
    script.write_text(f"echo $$ > {hidden}\nexec sleep 1000\n")
    begin = f"(setsid env -u TENFOLD_STACK sh {script} &)"
    server = make_server(
        "daemon", f"{begin}; while ! test -s {hidden}; do sleep 0.01; done; echo up; exec sleep 1000"
    )
    with supervising(write_plan(tmp_path, server)) as process:
        process.told()
        assert "sleep" in read_words(hidden)
        assert process.end(signal.SIGTERM)[0] == 0
    assert read_words(hidden) == ""

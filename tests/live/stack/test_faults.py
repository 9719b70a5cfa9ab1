"""Everything is killed while requests go on: what costs no request, what comes back, and that data are kept."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.state_file import read_boot
from tests.live.stack.faults import Client, Requests, make_project, worker_of
from tests.live.stack.running_stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FLIGHT = 1
"""Kombu takes a task off a Redis list and notes that it has it in two steps: one may be between them.
https://github.com/celery/kombu/pull/1733"""
pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    pytest.importorskip("celery")
    made = RunningStack(make_project(tmp_path_factory.mktemp("faults") / "stand"))
    try:
        made.start()
        yield made
    finally:
        made.clean_up()


def ask(stack: RunningStack, path: str = "/", method: str = "GET") -> tuple[int, str]:
    client = Client(stack.plan.url)
    try:
        return client.ask(path, method)
    finally:
        client.close()


def kill(stack: RunningStack, name: str, *, leader_only: bool = False) -> None:
    """SIGKILL to the service, and wait until it is ready again."""
    before = stack.service(name)
    if leader_only:
        os.kill(before.pid, signal.SIGKILL)
    else:
        stack.ask("kill", name=name, signal="KILL")
    stack.until_ready_again(before)


@pytest.mark.parametrize("leader_only", [False, True], ids=["whole", "master"])
def test_killed_instances_cost_no_get(stack: RunningStack, leader_only: bool) -> None:
    names = [one.name for one in stack.plan.services if one.kind == "app"]
    if len(names) < 2:
        pytest.skip("one instance on a machine with one core")
    with Requests(stack.plan.url, ("/", "/count?name=row", "/cached")) as requests:
        for name in names:  # the second as soon as the first is ready
            kill(stack, name, leader_only=leader_only)
            requests.more(30)
    assert requests.failed() == []


def test_a_killed_worker_process_costs_no_get(stack: RunningStack) -> None:
    with Requests(stack.plan.url, ("/", "/count?name=row")) as requests:
        for name in (one.name for one in stack.plan.services if one.kind == "app"):
            gone = worker_of(stack, name)
            os.kill(gone, signal.SIGKILL)
            stack.until(lambda: not Path(f"/proc/{gone}").exists(), "it lives")  # noqa: B023
            requests.more(60)
    assert requests.failed() == []


@pytest.mark.parametrize("name", ["replica-1", "mail", "worker", "scheduler"])
def test_what_pages_do_not_need_costs_no_get(stack: RunningStack, name: str) -> None:
    with Requests(stack.plan.url, ("/", "/count?name=row", "/cached")) as requests:
        kill(stack, name)
        requests.more(30)
    assert requests.failed() == []


def test_the_primary_comes_back_with_every_row_that_was_confirmed(stack: RunningStack) -> None:
    with Requests(stack.plan.url, ("/keep?name=row-a{n}", "/keep?name=row-b{n}"), "POST") as requests:
        kill(stack, "postgres")
        stack.until(lambda: requests.answers[-1][1] == 200, "rows are taken again")
        requests.more(10)
    confirmed = len(requests.answers) - len(requests.failed())
    assert confirmed >= 10
    kept = int(ask(stack, "/count?name=row")[1])
    # One that was committed and whose answer was lost with the connection may be there as well.
    assert confirmed <= kept <= len(requests.answers)
    before = stack.service("replica-1")
    assert before.state == "ready"


def test_requests_that_need_the_cache_work_again_when_it_is_back(stack: RunningStack) -> None:
    with Requests(stack.plan.url, ("/",)) as requests:
        kill(stack, "cache")
        stack.until(lambda: ask(stack, "/cached") == (200, "1"), "the cache is not used again")
        requests.more(10)
    assert requests.failed() == [], "a page that does not ask the cache does not notice"


def test_the_edge_is_back_at_once(stack: RunningStack) -> None:
    kill(stack, "edge")
    assert ask(stack)[0] == 200


def test_the_pooler_is_back_at_once(stack: RunningStack) -> None:
    if not any(one.name == "pooler" for one in stack.plan.services):
        pytest.skip("no PgBouncer on PATH: no wheel carries it")
    kill(stack, "pooler")
    stack.until(lambda: ask(stack)[0] == 200, "pages do not work again")


@pytest.mark.parametrize("name", ["worker", "broker"])
def test_queued_tasks_are_done_when_one_is_killed(stack: RunningStack, name: str) -> None:
    assert ask(stack, f"/queue?count=120&name={name}", "POST") == (200, "queued")
    done = f"/count?name={name}"
    stack.until(lambda: int(ask(stack, done)[1]) > 5, "no task is done")
    assert int(ask(stack, done)[1]) < 120, "the kill comes while tasks are under way"
    kill(stack, name)
    stack.until(lambda: int(ask(stack, done)[1]) >= 120 - IN_FLIGHT, "tasks are lost")


def test_mail_that_was_taken_is_kept_over_a_kill(stack: RunningStack) -> None:
    def letters() -> int:
        return len([one for one in (stack.folder / "mail").rglob("*") if one.is_file()])

    before = letters()
    assert ask(stack, "/mail", "POST") == (200, "sent")
    stack.until(lambda: letters() > before, "no letter is kept")
    after = letters()
    kill(stack, "mail")
    assert letters() == after
    assert ask(stack, "/mail", "POST") == (200, "sent")


def test_a_process_that_hangs_does_not_stop_the_stack_from_stopping(stack: RunningStack) -> None:
    for name in ("cache", "mail"):
        stack.ask("kill", name=name, signal="STOP")
    assert stack.process
    stack.process.send_signal(signal.SIGINT)
    stack.until(lambda: (now := stack.status()) is None or now.state == "stopping", "it does not begin")
    stack.process.send_signal(signal.SIGINT)  # a second Ctrl-C kills
    assert stack.process.wait(60) == 0
    assert stack.left() == []
    assert "killing what still runs" in stack.journal()


def test_everything_is_there_after_that_hard_stop(stack: RunningStack) -> None:
    stack.start()
    for name in ("worker", "broker"):
        assert int(ask(stack, f"/count?name={name}")[1]) >= 120 - IN_FLIGHT


def test_what_is_left_of_a_dead_machine_is_in_nobodys_way(stack: RunningStack) -> None:
    assert stack.stop() == 0
    (stack.folder / "run/control.sock").touch()
    (stack.folder / "run/app-1.sock").touch()
    (stack.folder / "run/lock").write_text(f"{os.getpid()}\n")
    (stack.folder / "run/edge.pid").write_text(f"{os.getpid()}\n")
    # The id of a process that lives: PostgreSQL alone would take it for itself.
    pid_file = f"{os.getpid()}\n{stack.folder}/data/postgres\n1700000000\n20011\n\n127.0.0.1\n\nready\n"
    (stack.folder / "data/postgres/postmaster.pid").write_text(pid_file)
    recorded = {"name": "app-1", "pid": os.getpid(), "started": 1, "signal": "KILL"}
    state = {"boot": read_boot(), "supervisor": os.getpid(), "processes": [recorded]}
    (stack.folder / "run/state.json").write_text(json.dumps(state))
    stack.start()
    assert int(ask(stack, "/count?name=worker")[1]) >= 120 - IN_FLIGHT

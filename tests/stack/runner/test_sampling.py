from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.sampling import FIGURES_EACH, LineCount, Rate, Sampler, run_figure
from tenfold.stack.runner.status import ServiceStatus, StackStatus
from tenfold.stack.service import Command, Figure
from tests.cli.fake_stack import make_service

if TYPE_CHECKING:
    from pathlib import Path


def make_status(**pids: int) -> StackStatus:
    services = tuple(ServiceStatus(name, name, name, "ready", pid=pid) for name, pid in pids.items())
    return StackStatus("shop", "", "", "running", 0.0, 1, services)


def test_a_rate_is_the_mean_of_the_last_seconds() -> None:
    rate = Rate()
    assert rate.add(0, 100) is None
    assert rate.add(1, 110) == 10
    assert rate.add(2, 140) == 20
    for second in range(3, 20):
        found = rate.add(second, 140)
    assert found == 0


def test_a_count_that_begins_anew_gives_no_negative_rate() -> None:
    rate = Rate()
    rate.add(0, 100)
    assert rate.add(1, 5) is None
    assert rate.add(2, 8) == 3


def test_only_lines_added_while_one_looks_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "edge-access.log"
    counter = LineCount(path)
    assert counter.read() is None
    path.write_text("old\n" * 10)
    assert counter.read() == 0
    with path.open("a") as file:
        file.write("new\nnewer\nhalf")
    assert counter.read() == 2
    path.write_text("after rotation\n")
    assert counter.read() == 3


def test_a_sample_holds_memory_requests_and_figures(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs/edge-access.log"
    log.write_text("")
    moments = iter((0.0, 2.0))
    lag = Figure("lag", Command(("psql",)), "s")
    sampler = Sampler(
        tmp_path,
        (make_service("edge", "edge"), make_service("replica-1", "postgres", figures=(lag,))),
        clock=lambda: next(moments),
        run=lambda command, folder: "2.0\n",
    )
    status = make_status(edge=os.getpid(), **{"replica-1": 0})
    first = sampler.sample(status)
    assert (first["edge"].requests, first["edge"].processor) == (None, None)
    assert (first["edge"].memory or 0) > 1024 * 1024
    assert first["replica-1"].figures == {"lag": "2.0 s"}
    assert first["replica-1"].memory is None
    log.write_text("x\n" * 100)
    second = sampler.sample(status)
    assert second["edge"].requests == 50
    assert second["edge"].processor is not None


def test_figures_are_asked_seldom_and_only_of_what_is_ready(tmp_path: Path) -> None:
    asked = []
    now = [0.0]

    def run(command: Command, folder: Path) -> str:
        asked.append(command.words)
        return "11"

    figure = Figure("connections", Command(("psql",)))
    sampler = Sampler(
        tmp_path, (make_service("db", "postgres", figures=(figure,)),), clock=lambda: now[0], run=run
    )
    sampler.sample(make_status(db=0))
    now[0] = FIGURES_EACH / 2
    assert sampler.sample(make_status(db=0))["db"].figures == {"connections": "11"}
    assert len(asked) == 1
    now[0] = FIGURES_EACH
    stopped = StackStatus("shop", "", "", "stopping", 0, 1, (ServiceStatus("db", "db", "db", "stopped"),))
    assert sampler.sample(stopped)["db"].figures == {}
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [(("echo", "3"), "3\n"), (("sh", "-c", "echo 3; exit 1"), ""), (("no-such-program",), "")],
)
def test_a_figure_that_cannot_be_had_is_empty(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert run_figure(Command(words), tmp_path) == said

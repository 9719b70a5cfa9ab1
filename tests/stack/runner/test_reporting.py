from __future__ import annotations

import os
import time

import pytest

from tenfold.stack.runner.reporting import name_state, report_status
from tenfold.stack.runner.supervisor import Supervisor
from tests.stack.runner.example_plan import make_shop_plan
from tests.stack.runner.history import History


def running() -> History:
    history = History(make_shop_plan())
    history.bring_all()
    return history


def test_a_stack_is_named_by_what_is_essential() -> None:
    history = History(make_shop_plan())
    assert name_state(history.supervisor) == "starting"
    history = running()
    assert name_state(history.supervisor) == "running"
    history.end("mail", -9)
    assert name_state(history.supervisor) == "running", "mail is not essential"
    history.end("edge", -9)
    assert name_state(history.supervisor) == "degraded"
    history.stop()
    assert name_state(history.supervisor) == "stopping"


def test_a_report_tells_what_each_service_does() -> None:
    plan = make_shop_plan()
    history = running()
    history.end("app-1", -9)
    status = report_status(plan, history.supervisor, began=0.0)
    assert (status.name, status.folder, status.url) == (plan.name, plan.folder, plan.url)
    assert status.pid == os.getpid()
    app, edge = (next(one for one in status.services if one.name == name) for name in ("app-1", "edge"))
    assert (app.state, app.pid, app.restarts, app.why) == ("back-off", 0, 1, "was ended by SIGKILL")
    assert (edge.state, edge.pid > 0, edge.restarts, edge.run, edge.why) == ("ready", True, 0, 1, "")


def test_ages_are_right_whatever_the_wall_clock_did(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_shop_plan()
    history = History(plan)
    history.now = time.monotonic() - 60.0
    history.bring_all()
    for jump in (0.0, 3600.0, -86_400.0):
        wall = time.time() + jump
        monkeypatch.setattr("tenfold.stack.runner.reporting.time.time", lambda wall=wall: wall)
        service = report_status(plan, history.supervisor, began=history.now).services[0]
        assert wall - service.since == pytest.approx(60.0, abs=5.0)
        monkeypatch.undo()


def test_what_never_began_has_no_age() -> None:
    plan = make_shop_plan()
    status = report_status(plan, Supervisor(plan, lambda: 0.0), began=0.0)
    assert {one.since for one in status.services} == {0.0}

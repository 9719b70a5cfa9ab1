from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.control_client import NotRunningError, ask
from tenfold.stack.runner.control_server import Desk, serve_control, set_lag
from tenfold.stack.runner.events import KillAsked, ReloadAsked, RestartAsked, StopAsked
from tenfold.stack.runner.reporting import report_status
from tenfold.stack.service import File
from tests.stack.runner.example_plan import make_plan, make_service, make_shop_plan
from tests.stack.runner.history import History

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.runner.events import Event


class Reception:
    """A desk over a stack that runs, and what it was asked for."""

    def __init__(self, plan: StackPlan | None = None) -> None:
        plan = plan or make_shop_plan()
        self.history = History(plan)
        self.history.bring_all()
        self.posted: list[Event] = []
        supervisor = self.history.supervisor

        async def handle() -> None:
            """Nobody carries anything out here."""

        self.desk = Desk(
            supervisor, lambda: report_status(plan, supervisor, began=0.0), self.posted.append, handle
        )

    def answer(self, **request: Any) -> dict[str, Any]:
        return self.desk.answer(request)


def test_a_status_names_every_service() -> None:
    told = Reception().answer(verb="status")
    assert told["state"] == "running"
    assert [(one["name"], one["state"]) for one in told["services"]][:3] == [
        ("postgres", "ready"),
        ("mail", "ready"),
        ("replica-1", "ready"),
    ]


@pytest.mark.parametrize("verb", ["down", "stop"])
@pytest.mark.parametrize("hard", [False, True])
def test_a_stop_is_passed_on(verb: str, hard: bool) -> None:
    reception = Reception()
    reception.answer(verb=verb, hard=hard)
    assert [(type(one), one.hard) for one in reception.posted] == [(StopAsked, hard)]  # type: ignore[union-attr]


def test_a_restart_names_services_or_a_kind() -> None:
    reception = Reception()
    assert reception.answer(verb="restart", names=["mail", "app"])["names"] == ["mail", "app-1", "app-2"]
    reception.answer(verb="restart", name="edge")
    assert reception.posted == [RestartAsked(("mail", "app-1", "app-2")), RestartAsked(("edge",))]


@pytest.mark.parametrize("word", ["KILL", "sigkill", "Kill"])
def test_a_kill_takes_a_signal_by_name(word: str) -> None:
    reception = Reception()
    pid = reception.history.supervisor.lives["app-1"].pid
    assert reception.answer(verb="kill", name="app-1", signal=word)["pid"] == pid
    assert reception.posted == [KillAsked("app-1", "KILL")]


def test_a_lag_changes_only_the_replicas_file() -> None:
    files = (File("etc/replica-1/lag.conf", "recovery_min_apply_delay = 0\n"), File("etc/other.conf", "x"))
    plan = make_plan(make_service("postgres"), make_service("replica-1", "postgres", files=files))
    reception = Reception(plan)
    assert reception.answer(verb="lag", seconds=5.0)["names"] == ["replica-1"]
    (event,) = reception.posted
    assert isinstance(event, ReloadAsked)
    assert [(file.path, "5000" in file.text) for file in event.service.files] == [
        ("etc/replica-1/lag.conf", True),
        ("etc/other.conf", False),
    ]


def test_what_is_no_replica_has_no_lag() -> None:
    assert set_lag(make_service("postgres"), 5.0) is None


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        ({"verb": "dance"}, "The stack knows no verb 'dance'."),
        ({}, "The stack knows no verb None."),
        ({"verb": "restart", "names": ["web"]}, 'The stack has no service "web".'),
        ({"verb": "restart"}, 'The stack has no service "None".'),
        ({"verb": "kill", "name": "app-1", "signal": "BANG"}, "There is no signal BANG."),
        ({"verb": "kill", "name": "migrate"}, "migrate does not run."),
        ({"verb": "lag", "seconds": 5}, "The stack has no replica that could lag."),
        ({"verb": "lag", "seconds": -1}, "-1 is no lag."),
        ({"verb": "lag", "seconds": True}, "True is no lag."),
        ({"verb": "lag"}, "None is no lag."),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(request_: dict[str, Any], what: str) -> None:
    reception = Reception()
    with pytest.raises(TenfoldError) as caught:
        reception.desk.answer(request_)
    assert caught.value.what == what
    assert reception.posted == []


def test_nothing_is_restarted_while_the_stack_stops() -> None:
    reception = Reception()
    reception.history.stop()
    with pytest.raises(TenfoldError, match="is stopping"):
        reception.answer(verb="restart", names=["mail"])


def serve_and(folder: Path, exchange: Any) -> Any:
    """Serve a reception while `exchange`, in a thread, talks to it."""
    (folder / "run").mkdir(parents=True)

    async def play() -> Any:
        async with serve_control(folder, Reception().desk):
            mode = stat.S_IMODE((folder / "run/control.sock").stat().st_mode)
            assert mode == 0o600
            return await asyncio.to_thread(exchange)

    return asyncio.run(play())


@pytest.mark.parametrize("name", ["shop", "a-rather-long-name/" * 8])
def test_client_and_server_understand_each_other(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / ".tenfold"
    told = serve_and(folder, lambda: ask(folder, "status"))
    assert told["name"] == "shop"
    assert not (folder / "run/control.sock").exists()
    with pytest.raises(NotRunningError):
        ask(folder, "status")


def test_a_refusal_reaches_the_person_whole(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError) as caught:
        serve_and(tmp_path, lambda: ask(tmp_path, "restart", names=["web"]))
    assert caught.value.what == 'The stack has no service "web".'
    assert caught.value.next_step.startswith("Services: postgres, mail")


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/control.sock").touch()

    async def play() -> Any:
        async with serve_control(tmp_path, Reception().desk):
            return await asyncio.to_thread(ask, tmp_path, "status")

    assert asyncio.run(play())["ok"] is True


@pytest.mark.parametrize("line", [b"{\n", b"[1]\n", b'"x"\n', b"\xff\xfe\n"])
def test_what_is_no_request_is_answered_all_the_same(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "run").mkdir()

    async def play() -> bytes:
        async with serve_control(tmp_path, Reception().desk):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "run/control.sock"))
            writer.write(line)
            told = await reader.readline()
            writer.close()
            return told

    assert b'"ok": false' in asyncio.run(play())


def test_a_line_without_end_closes_the_connection(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()

    async def play() -> bytes:
        async with serve_control(tmp_path, Reception().desk):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "run/control.sock"))
            writer.write(b"x" * 300_000)
            try:
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.transport.abort()

    assert asyncio.run(play()) == b""

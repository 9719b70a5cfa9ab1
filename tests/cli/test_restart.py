from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.cli import restart
from tenfold.cli.main import main
from tenfold.stack.runner.status import encode_status
from tests.cli.fake_stack import make_stack, make_status, supervising

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "POLL", 0)


class Rounds:
    """A status that goes on by one step at each look, from the restart on."""

    def __init__(self, folder: Path, *steps: dict[str, tuple[str, int]]) -> None:
        self._folder = folder
        self._steps = [{}, *steps]

    def __call__(self, _: object) -> dict[str, Any]:
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        status = make_status(self._folder)
        services = tuple(
            replace(one, state=step[one.name][0], run=step[one.name][1], why="ended with code 1")
            if one.name in step
            else one
            for one in status.services
        )
        return encode_status(replace(status, services=services))


def test_a_restart_waits_until_each_is_ready_again(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    rounds = Rounds(
        folder,
        {"app-1": ("stopping", 1)},
        {"app-1": ("starting", 2)},
        {"app-1": ("ready", 2), "app-2": ("starting", 2)},
        {"app-1": ("ready", 2), "app-2": ("ready", 2)},
    )
    with supervising(folder, status=rounds, restart={}) as supervisor:
        assert main(["restart", "app", "-C", str(tmp_path)]) == 0
    assert {"verb": "restart", "names": ["app-1", "app-2"]} in supervisor.asked
    assert capsys.readouterr().out == "app-1 is ready\napp-2 is ready\n"


def test_a_service_that_does_not_come_back_is_an_error(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    rounds = Rounds(folder, {"edge": ("starting", 2)}, {"edge": ("failed", 2)})
    with supervising(folder, status=rounds, restart={}):
        assert main(["restart", "edge", "-C", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "edge did not come back: it is failed." in said
    assert "ended with code 1" in said
    assert "`tenfold logs edge`" in said


def test_an_endless_restart_is_given_up(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "GRACE", -1000.0)
    folder = make_stack(tmp_path)
    with supervising(folder, status=Rounds(folder, {"edge": ("starting", 2)}), restart={}):
        assert main(["restart", "edge", "-C", str(tmp_path)]) == 2
    assert "it is starting" in capsys.readouterr().err


def test_no_wait_returns_at_once(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, restart={}) as supervisor:
        assert main(["restart", "edge", "--no-wait", "-C", str(tmp_path)]) == 0
    assert supervisor.verbs() == ["status", "restart"]
    assert capsys.readouterr().out == "restarting edge\n"


def test_an_unknown_service_is_refused_before_anything_is_asked(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder) as supervisor:
        assert main(["restart", "egde", "-C", str(tmp_path)]) == 2
    assert supervisor.asked == []
    assert 'Did you mean "edge"?' in capsys.readouterr().err

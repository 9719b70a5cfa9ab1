from __future__ import annotations

import fcntl
import json
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tenfold.cli import down
from tenfold.cli.main import main
from tenfold.stack.runner.lock import hold_lock
from tests.cli.fake_stack import make_stack, supervising
from tests.stack.runner.test_recovery import wait_for_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@contextmanager
def held_by(folder: Path, pid: int) -> Iterator[None]:
    """The stack's lock, as the supervisor with that process id holds it."""
    with (folder / "run/lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(str(pid))
        file.flush()
        yield


@pytest.fixture
def left_over(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that an earlier run of the stack has left."""
    folder = tmp_path / ".tenfold"
    environment = {**os.environ, "TENFOLD_STACK": str(folder)}
    process = subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True)
    wait_for_environment(process.pid)
    yield process
    process.kill()
    process.wait()


def test_the_supervisor_is_told_to_stop(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, down={"pid": 1}) as supervisor:
        assert main(["down", str(tmp_path)]) == 0
        assert main(["down", "--hard", "-C", str(tmp_path)]) == 0
    assert [one for one in supervisor.asked if one["verb"] == "down"] == [
        {"verb": "down", "hard": False},
        {"verb": "down", "hard": True},
    ]
    assert "The stack has stopped." in capsys.readouterr().out


def test_it_waits_until_the_supervisor_has_let_go(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    lock = hold_lock(folder)
    asked: list[object] = []

    def answer(request: object) -> dict[str, object]:
        asked.append(request)
        if len(asked) == 3:
            lock.__exit__(None, None, None)
        return json.loads(
            '{"services": [], "name": "", "folder": "", "url": "", "state": "", "since": 0, "pid": 1}'
        )

    lock.__enter__()
    with supervising(folder, down={}, status=answer):
        assert main(["down", str(tmp_path)]) == 0
    assert len(asked) >= 3
    assert "has stopped" in capsys.readouterr().out


def test_a_stop_that_takes_too_long_is_told(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(down, "GRACE", -1000.0)
    folder = make_stack(tmp_path)
    with supervising(folder, down={}), held_by(folder, os.getpid()):
        assert main(["down", str(tmp_path)]) == 2
    assert "`tenfold down --hard`" in capsys.readouterr().err


def test_what_a_dead_supervisor_left_is_stopped(
    tmp_path: Path, capsys: Output, left_over: subprocess.Popen[bytes]
) -> None:
    make_stack(tmp_path)
    assert main(["down", str(tmp_path)]) == 0
    assert "1 process that it had left is stopped" in capsys.readouterr().out
    assert left_over.wait(10) == -15


def test_nothing_to_stop_is_said_and_no_error(tmp_path: Path, capsys: Output) -> None:
    make_stack(tmp_path)
    assert main(["down", str(tmp_path)]) == 0
    assert "No stack runs here" in capsys.readouterr().out


def test_a_supervisor_that_does_not_listen_yet_is_left_alone(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with held_by(folder, os.getpid()):
        assert main(["down", str(tmp_path)]) == 2
        assert down.holder(folder) == os.getpid()
    assert f"Process {os.getpid()} still starts" in capsys.readouterr().err
    assert down.holder(folder) == 0


def test_hard_kills_a_supervisor_that_hangs_and_what_it_started(
    tmp_path: Path, capsys: Output, left_over: subprocess.Popen[bytes]
) -> None:
    folder = make_stack(tmp_path)
    with subprocess.Popen(["sleep", "60"]) as supervisor, held_by(folder, supervisor.pid):
        assert main(["down", "--hard", str(tmp_path)]) == 0
        assert supervisor.wait(10) == -9
    assert left_over.wait(10) == -9
    assert "stopped" in capsys.readouterr().out

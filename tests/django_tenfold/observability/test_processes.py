from __future__ import annotations

import os
import subprocess
import sys

from django_tenfold.observability.processes import is_alive, list_anchors, read_start


def test_this_process_lives_with_its_own_start_only() -> None:
    started = read_start(os.getpid())
    assert started
    assert is_alive(os.getpid(), started)
    assert not is_alive(os.getpid(), started - 1)


def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(ended.pid)
    ended.wait()
    assert not is_alive(ended.pid)


def anchors_below(*words: str) -> str:
    code = (
        "import os; from django_tenfold.observability.processes import list_anchors;"
        "print([pid for pid, _ in list_anchors()] == [os.getpid(), os.getppid()])"
    )
    return subprocess.run(
        [*words, code], env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_parent_that_runs_the_same_program_starts_workers() -> None:
    assert next(pid for pid, _ in list_anchors()) == os.getpid()
    assert anchors_below(sys.executable, "-c") == "True"


def test_a_shell_starts_no_workers() -> None:
    assert anchors_below("/bin/sh", "-c", f'{sys.executable} -c "$0"; true') == "False"

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner import children as module
from tenfold.stack.runner.children import Children, check_namespace, send
from tenfold.stack.service import Command
from tests.stack.runner.example_plan import make_service, run_python

NAMESPACES = subprocess.run([*module.NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
TOLD_AT_DEATH = """
import ctypes
number = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(number))
print(number.value)
"""


def run(folder: Path, command: Command, **given: Any) -> tuple[int, str]:
    """The exit code and what was written."""
    output = folder / "output"

    async def play() -> int:
        children = Children(folder)
        with output.open("wb") as file:
            child = children.spawn(command, output=file, **given)
        return await children.wait(child)

    return asyncio.run(play()), output.read_text().strip()


def test_a_program_leads_a_session_of_its_own(tmp_path: Path) -> None:
    code, text = run(tmp_path, run_python("import os; print(os.getpid() == os.getsid(0) == os.getpgid(0))"))
    assert (code, text) == (0, "True")


def test_a_program_knows_its_stack_and_its_folder(tmp_path: Path) -> None:
    _, text = run(tmp_path, Command(("sh", "-c", 'echo "$TENFOLD_STACK $COLOUR $(pwd)"'), {"COLOUR": "red"}))
    assert text == f"{tmp_path} red {tmp_path}"


def test_a_command_may_work_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    _, text = run(tmp_path, Command(("pwd",), folder=str(tmp_path / "project")))
    assert text == str(tmp_path / "project")


def test_errors_and_output_go_into_the_same_log(tmp_path: Path) -> None:
    assert run(tmp_path, Command(("sh", "-c", "echo out; echo err >&2")))[1] == "out\nerr"


def test_input_is_given_and_no_terminal_is(tmp_path: Path) -> None:
    assert run(tmp_path, Command(("cat",), input="a secret\n" * 10_000))[1].count("secret") == 10_000
    assert run(tmp_path, Command(("sh", "-c", "test -t 0 || cat")))[1] == ""


def test_the_limit_of_open_files_is_set_within_the_hard_one(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert run(tmp_path, Command(("sh", "-c", "ulimit -n")), open_files=321)[1] == "321"
    if hard != resource.RLIM_INFINITY:
        assert run(tmp_path, Command(("sh", "-c", "ulimit -n")), open_files=hard + 1)[1] == str(hard)


def test_a_signal_is_a_negative_code(tmp_path: Path) -> None:
    assert run(tmp_path, Command(("sh", "-c", "kill -9 $$")))[0] == -9


def test_a_missing_program_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(tmp_path, Command(("/nowhere/nginx",)))


def test_the_kernel_would_tell_it_of_the_supervisors_death(tmp_path: Path) -> None:
    assert run(tmp_path, run_python(TOLD_AT_DEATH), farewell="QUIT")[1] == "3"


@pytest.mark.skipif(os.geteuid() != 0 or not NAMESPACES, reason="needs root and user namespaces")
def test_what_refuses_root_runs_as_nobody(tmp_path: Path) -> None:
    told = run_python(f"import os; print(os.getuid(), os.getgid()){TOLD_AT_DEATH}")
    command = Command(told.words, unprivileged=True)
    assert run(tmp_path, command, farewell="INT")[1].split() == ["65534", "65534", "2"]


def test_no_worker_outlives_its_leader(tmp_path: Path) -> None:
    _, text = run(tmp_path, Command(("sh", "-c", "sleep 1000 >/dev/null & echo $!; kill -9 $$")))
    state = Path(f"/proc/{text}/stat")
    assert not state.exists() or state.read_text().rpartition(") ")[2][0] in "ZX"


def test_everything_can_be_killed_without_a_loop(tmp_path: Path) -> None:
    children = Children(tmp_path)
    child = children.spawn(Command(("sleep", "1000")), output=subprocess.DEVNULL)
    children.kill_all()
    assert child.process.returncode == -9


def test_a_signal_to_what_has_ended_is_no_error(tmp_path: Path) -> None:
    async def play() -> None:
        children = Children(tmp_path)
        child = children.spawn(Command(("true",)), output=subprocess.DEVNULL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        send(child, "TERM")
        send(child, "KILL", group=True)
        assert await children.wait(child) == 0

    asyncio.run(play())


def test_orphans_are_adopted_and_waited_for(tmp_path: Path) -> None:
    # In a process of its own: this one may have other children.
    script = f"""
import asyncio, os, subprocess, sys, time
from pathlib import Path
from tenfold.stack.runner.children import Children
from tenfold.stack.service import Command

async def play():
    children = Children(Path({str(tmp_path)!r}), adopt=True)
    server = children.spawn(Command(("sleep", "1000")), output=subprocess.DEVNULL)
    words = ("sh", "-c", "setsid sh -c 'echo $$ > daemon; exit 3' & wait; sleep 0.01")
    child = children.spawn(Command(words), output=subprocess.DEVNULL)
    await children.wait(child)
    children.reap()
    state = Path("/proc") / Path({str(tmp_path / "daemon")!r}).read_text().strip()
    print(state.exists(), server.process.poll())
    children.kill_all()

asyncio.run(play())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "None"], done.stderr


def test_a_stack_without_such_programs_needs_no_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMESPACE", ("false",))
    check_namespace([make_service("app-1")])


@pytest.mark.parametrize(
    "program", [("sh", "-c", "echo unshare failed: denied >&2; exit 1"), ("/nowhere/unshare",)]
)
def test_root_without_namespaces_is_told_what_to_allow(
    monkeypatch: pytest.MonkeyPatch, program: tuple[str, ...]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(module, "NAMESPACE", program)
    with pytest.raises(TenfoldError) as caught:
        check_namespace([make_service("postgres", command=Command(("postgres",), unprivileged=True))])
    assert caught.value.why in ("unshare failed: denied", "unshare is not there (package util-linux).")
    assert "sysctl -w user.max_user_namespaces" in caught.value.next_step

"""The supervisor is told to stop in every phase, killed, left without its terminal or its folder."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.recovery import find_leftovers
from tests.live.stack.faults import (
    SMALL,
    TENFOLD,
    UP,
    Client,
    make_project,
    public_url,
    status,
    supervisor,
    taken_down,
    tenfold,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.slow]
WAITS = """
import os, pathlib, time

while pathlib.Path(__file__).with_name({name!r}).exists():
    pathlib.Path(__file__).with_name("reached").touch()
    time.sleep(0.02)
"""
MIGRATION = """
from django.db import migrations


def wait(apps, schema):
    exec(compile({code!r}, __file__, "exec"), {{"__file__": __file__}})


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunPython(wait)]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One project for all: its cluster is made once. The order is the story."""
    made = make_project(tmp_path_factory.mktemp("supervised") / "stand", tasks=False)
    with taken_down(made):
        yield made


def ask(project: Path, path: str = "/", method: str = "GET") -> tuple[int, str]:
    client = Client(public_url(project))
    try:
        return client.ask(path, method)
    finally:
        client.close()


def begin(project: Path, *words: str, **options: object) -> subprocess.Popen[str]:
    """`tenfold up` in the foreground, as a person starts it."""
    return subprocess.Popen(
        [*TENFOLD, "up", str(project), *UP[:-1], *SMALL, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )


def nothing_runs(project: Path) -> bool:
    return find_leftovers(project / ".tenfold") == []


def is_up(project: Path) -> bool:
    return status(project) == "running"


def test_two_starts_at_once_leave_one_stack_with_its_own_files(project: Path) -> None:
    words = [*TENFOLD, "up", str(project), *UP, *SMALL]
    both = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [one.communicate(timeout=120) for one in both]
    assert sorted(one.returncode for one in both) == [0, 2], said
    loser = next(index for index, one in enumerate(both) if one.returncode == 2)
    assert "already" in said[loser][1]
    assert ask(project) == (200, "users: 0")
    files = {name: (project / ".tenfold" / name).read_bytes() for name in ("plan.json", "ports.json")}
    third = tenfold("up", project, *UP, *SMALL, "--workers", "1")
    assert third.returncode == 2
    assert f"Process {supervisor(project)} supervises it." in third.stderr
    assert files == {name: (project / ".tenfold" / name).read_bytes() for name in files}
    assert ask(project, "/keep?name=row-1", "POST") == (200, "kept")


def test_a_killed_supervisor_is_met_by_status_and_by_the_next_start(project: Path) -> None:
    os.kill(supervisor(project), signal.SIGKILL)
    wait_until(lambda: tenfold("status", project).returncode == 2, "the status does not notice")
    assert "`tenfold up" in tenfold("status", project).stderr
    assert tenfold("up", project, *UP, *SMALL).returncode == 0
    assert ask(project, "/count?name=row") == (200, "1")


def test_down_ends_what_a_killed_supervisor_left(project: Path) -> None:
    os.kill(supervisor(project), signal.SIGKILL)
    done = tenfold("down", project)
    assert done.returncode == 0, done.stderr
    assert nothing_runs(project)
    assert tenfold("down", project).stdout == "No stack runs here, and nothing of one was left.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_running_stack_stops_when_it_is_told_to(project: Path, number: signal.Signals) -> None:
    with begin(project, "--no-view") as process:
        wait_until(lambda: is_up(project), "it does not come up")
        process.send_signal(number)
        assert process.wait(60) == 0
    assert nothing_runs(project)


def test_a_closed_terminal_stops_the_stack(project: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL, *TENFOLD, "up", str(project), *UP[:-1], *SMALL],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.set_blocking(ours, False)

    def read_on() -> bool:
        with suppress(BlockingIOError):
            os.read(ours, 65_536)
        return is_up(project)

    wait_until(read_on, "it does not come up")
    os.close(ours)
    process.wait(60)
    assert nothing_runs(project)


TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_an_interrupt_while_the_settings_are_read_leaves_nothing(project: Path) -> None:
    settings = project / "shop/settings.py"
    text = settings.read_text()
    settings.write_text(text + WAITS.format(name="hold"))
    (project / "shop/hold").touch()
    try:
        with begin(project) as process:
            wait_until((project / "shop/reached").exists, "the settings are not read")
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            assert process.wait(60) in (130, -signal.SIGINT)
            assert process.stdout
            assert "Traceback" not in process.stdout.read()
    finally:
        (project / "shop/hold").unlink()
        settings.write_text(text)
    assert nothing_runs(project)
    assert tenfold("down", project).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_while_it_migrates_is_carried_out_and_the_next_start_goes_on(
    project: Path, number: signal.Signals
) -> None:
    app = project / f"late_{number.name.lower()}"
    (app / "migrations").mkdir(parents=True)
    for name in ("__init__.py", "migrations/__init__.py"):
        (app / name).touch()
    (app / "models.py").write_text("")
    code = WAITS.format(name="hold")
    (app / "migrations/0001_initial.py").write_text(MIGRATION.format(code=code))
    with (project / "shop/settings.py").open("a") as settings:
        settings.write(f"\nINSTALLED_APPS += [{app.name!r}]\n")
    (app / "migrations/hold").touch()
    with begin(project, "--no-view") as process:
        wait_until((app / "migrations/reached").exists, "it does not migrate")
        process.send_signal(number)
        assert process.wait(60) == 0
    assert nothing_runs(project)
    (app / "migrations/hold").unlink()
    assert tenfold("up", project, *UP, *SMALL).returncode == 0
    assert ask(project, "/count?name=row") == (200, "1")
    assert tenfold("down", project).returncode == 0


def test_a_project_that_moves_while_it_runs_stops_and_runs_at_its_new_place(project: Path) -> None:
    assert tenfold("up", project, *UP, *SMALL).returncode == 0
    moved = project.with_name("møved, with blanks")
    old = supervisor(project)
    project.rename(moved)
    try:
        wait_until(lambda: not Path(f"/proc/{old}").exists(), "it runs on")
        assert nothing_runs(project)
        assert tenfold("up", moved, *UP, *SMALL).returncode == 0
        assert ask(moved, "/count?name=row") == (200, "1"), "the data have moved along"
        assert tenfold("down", moved).returncode == 0
    finally:
        tenfold("down", moved)
        moved.rename(project)


def test_a_stack_whose_folder_is_removed_makes_way_for_the_next(project: Path) -> None:
    assert tenfold("up", project, *UP, *SMALL).returncode == 0
    old = supervisor(project)
    for _ in range(2):  # a log may be written anew meanwhile
        shutil.rmtree(project / ".tenfold", ignore_errors=True)
    again = tenfold("up", project, *UP, *SMALL)  # the old one may not have noticed yet
    assert again.returncode == 0, again.stderr
    assert supervisor(project) != old
    wait_until(lambda: not Path(f"/proc/{old}").exists(), "the old one runs on")
    assert ask(project) == (200, "users: 0"), "a new database"
    assert is_up(project)
    assert tenfold("down", project).returncode == 0
    assert nothing_runs(project)

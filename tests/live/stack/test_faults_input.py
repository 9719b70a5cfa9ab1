"""What `tenfold up` says to a project or a machine that is not as it must be, and what it bears."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.stack.faults import (
    SMALL,
    TENFOLD,
    UP,
    Client,
    make_project,
    public_url,
    supervisor,
    taken_down,
    tenfold,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.slow]
BROKEN_MIGRATION = """
from django.db import migrations


def fail(apps, schema):
    raise RuntimeError("no such tariff: 7")


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunPython(fail)]
"""
MEBIBYTE = 1024 * 1024


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    made = make_project(tmp_path / "stand", tasks=False)
    with taken_down(made):
        yield made


def up(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return tenfold("up", project, *UP, *SMALL, *words, environment={**os.environ, **environment})


def add(project: Path, text: str) -> None:
    with (project / "shop/settings.py").open("a") as settings:
        settings.write(f"\n{text}\n")


def ask(project: Path, path: str = "/", method: str = "GET") -> tuple[int, str]:
    client = Client(public_url(project))
    try:
        return client.ask(path, method)
    finally:
        client.close()


def test_settings_that_raise_are_told_with_their_line(project: Path) -> None:
    add(project, "1 / 0")
    line = len((project / "shop/settings.py").read_text().splitlines())
    done = up(project)
    assert done.returncode == 2
    assert f"The settings raise ZeroDivisionError at shop/settings.py:{line}." in done.stderr


def test_a_secret_that_only_a_person_knows_is_asked_for_and_taken(project: Path) -> None:
    add(project, 'import os\nPAYMENT = os.environ["PAYMENT_API_KEY"]')
    line = len((project / "shop/settings.py").read_text().splitlines())
    done = up(project)
    assert done.returncode == 2
    assert "need the environment variable PAYMENT_API_KEY, which is not set" in done.stderr
    assert f"It is read at shop/settings.py:{line}" in done.stderr
    assert up(project, "--plan", "--env", "PAYMENT_API_KEY=x").returncode == 0


def test_a_failing_migration_is_told_and_the_mended_one_goes_on(project: Path) -> None:
    (project / "late/migrations").mkdir(parents=True)
    for name in ("__init__.py", "models.py", "migrations/__init__.py"):
        (project / "late" / name).touch()
    migration = project / "late/migrations/0001_initial.py"
    migration.write_text(BROKEN_MIGRATION)
    add(project, 'INSTALLED_APPS += ["late"]')
    done = up(project)
    assert done.returncode == 2
    assert done.stderr.startswith("tenfold: migrate failed.")
    assert "RuntimeError: no such tariff: 7" in done.stderr
    assert "`tenfold logs migrate`" in done.stderr
    assert tenfold("status", project).returncode == 2, "nothing runs"
    migration.write_text(BROKEN_MIGRATION.replace("raise RuntimeError", "str"))
    assert up(project).returncode == 0
    assert ask(project) == (200, "users: 0")


def test_a_first_page_that_fails_is_told_with_its_traceback(tmp_path: Path) -> None:
    # As odd as a project may lie: deep, with blanks, behind a link, without a home, without static files.
    deep = make_project(tmp_path / ("schöner Ordner " * 8).strip() / "日本's 100 % stand", tasks=False)
    link = tmp_path / "link"
    link.symlink_to(deep)
    settings = deep / "shop/settings.py"
    kept = [line for line in settings.read_text().splitlines() if "static" not in line.lower()]
    settings.write_text("\n".join(kept) + "\n")
    views = deep / "shop/views.py"
    views.write_text(views.read_text().replace("User.objects.count()", "(7 / 0)"))
    with taken_down(deep):
        done = up(link, HOME="/nonexistent/home")
        assert done.returncode == 0, done.stderr
        assert "failed: / answered 500" in done.stderr
        assert "  ZeroDivisionError: division by zero\n`tenfold logs app-" in done.stderr
        assert ask(deep, "/keep?name=row-1", "POST") == (200, "kept")
        assert ask(deep, "/cached") == (200, "1")
        again = up(deep)
        assert again.returncode == 2, "by its own name it is the same project"
        assert "already" in again.stderr


def test_busy_ports_are_told_with_their_holder_or_gone_round(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = up(project, "--https-port", str(port))
        assert done.returncode == 2
        assert f"Port {port}, which is set for https, is busy." in done.stderr
        assert f"(process {os.getpid()}) holds it" in done.stderr
    (project / ".tenfold/ports.json").write_text('{"https": 20997, "http": 20998}')
    with socket.create_server(("127.0.0.1", 20997)):
        done = up(project)
        assert done.returncode == 0, done.stderr
        assert ":20997/" not in done.stdout
        assert ask(project) == (200, "users: 0")


def test_a_program_that_is_set_and_missing_is_told(project: Path) -> None:
    (project / "tenfold.toml").write_text('[up.binaries]\nnginx = "/nonexistent/nginx"\n')
    done = up(project)
    assert done.returncode == 2
    assert "nginx cannot be had as it is set: /nonexistent/nginx." in done.stderr


def in_namespace(script: str, *words: str | Path) -> list[str]:
    """A command that sees mounts of its own; skips where none can be made."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("mounts are root's")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mount namespace")
    return ["unshare", "-m", "sh", "-c", script, *map(str, words)]


def test_a_folder_that_is_read_only_is_told(project: Path) -> None:
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    words = in_namespace(mount, project, *TENFOLD, "up", project, *UP)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{project}/.tenfold cannot be made.\n  Read-only file system." in done.stderr


def fill(path: Path) -> None:
    """Write until the disk refuses."""
    with path.open("wb", buffering=0) as file:
        while file.write(b"x" * MEBIBYTE):
            pass


def test_a_full_disk_is_told_and_borne_and_costs_no_row(project: Path) -> None:
    data = project / ".tenfold/data"
    data.mkdir(parents=True)
    mount = 'mount -t tmpfs -o size=400m none "$0" && exec "$@"'
    words = in_namespace(mount, data, *TENFOLD, "up", project, *UP, *SMALL)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    journal = project / ".tenfold/logs/tenfold.log"
    assert ask(project, "/keep?name=row-1", "POST") == (200, "kept")
    ballast = Path(f"/proc/{supervisor(project)}/root{data}/ballast")
    with pytest.raises(OSError, match="No space left"):
        fill(ballast)
    wait_until(lambda: " MiB left" in journal.read_text(), "a full disk is not told")
    assert ask(project) == (200, "users: 0")
    assert ask(project, "/count?name=row") == (200, "1")
    ballast.unlink()
    wait_until(lambda: "the disk has room again" in journal.read_text(), "room is not told")
    wait_until(lambda: ask(project, "/keep?name=row-2", "POST")[0] == 200, "rows are not taken again")
    assert ask(project, "/count?name=row") == (200, "2")


def test_a_disk_without_room_for_a_cluster_is_told(project: Path) -> None:
    data = project / ".tenfold/data"
    data.mkdir(parents=True)
    mount = 'mount -t tmpfs -o size=20m none "$0" && exec "$@"'
    words = in_namespace(mount, data, *TENFOLD, "up", project, *UP, *SMALL)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "postgres failed" in done.stderr
    assert "No space left on device" in done.stderr
    assert up(project).returncode == 0, "with room it starts"


def test_two_projects_that_start_at_once_both_come_up(tmp_path: Path) -> None:
    both = [make_project(tmp_path / name, tasks=False) for name in ("one", "two")]
    with taken_down(both[0]), taken_down(both[1]):
        started = [subprocess.Popen([*TENFOLD, "up", str(one), *UP, *SMALL]) for one in both]
        assert [one.wait(120) for one in started] == [0, 0]
        assert public_url(both[0]) != public_url(both[1])
        assert [ask(one) for one in both] == [(200, "users: 0")] * 2

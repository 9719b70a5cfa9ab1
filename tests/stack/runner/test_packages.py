from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.requirements import Missing
from tenfold.stack.runner import packages
from tenfold.stack.runner.packages import STAMP, Interpreter, ask_interpreter, keep_packages, own_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OTHER = Interpreter((3, 9), ".cpython-39-x86_64-linux-gnu.so")
PYTEST = Missing("pytest", "1.0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".tenfold" / "packages"


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The project runs another Python; an installer that writes a module for each pin it is given."""
    called: list[list[str]] = []

    def install(words: Sequence[str]) -> str:
        called.append([*words])
        target = Path(words[words.index("--target") + 1])
        for pin in words[1:]:
            if "==" in pin:
                (target / f"{pin.partition('==')[0]}.py").write_text("")
        return ""

    monkeypatch.setattr(packages, "ask_interpreter", lambda python: OTHER)
    monkeypatch.setattr(packages, "_run", install)
    return called


def test_what_this_environment_has_is_linked_when_the_interpreters_are_alike(folder: Path) -> None:
    kept = keep_packages(folder, [PYTEST], python=sys.executable)
    assert kept.linked == ("pytest",)
    assert kept.versions == {"pytest": version("pytest")}
    assert (folder / "pytest").resolve() == Path(pytest.__file__).parent.resolve()
    assert not (folder / "bin").exists()


def test_a_linked_package_is_found_at_the_end_of_the_path(folder: Path) -> None:
    keep_packages(folder, [PYTEST], python=sys.executable)
    code = (
        "import importlib.metadata, sys\n"
        f"sys.path = [p for p in sys.path if 'site-packages' not in p] + [{str(folder)!r}]\n"
        "print(importlib.metadata.version('pytest'))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == version("pytest")


def test_only_the_very_version_is_linked_where_no_other_will_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_run", lambda words: "offline")
    with pytest.raises(TenfoldError, match=r"pytest==1\.0"):
        keep_packages(folder, [Missing("pytest", "1.0", exact=True)], python=sys.executable)


def test_what_may_be_done_without_is_never_downloaded(folder: Path, downloads: list[list[str]]) -> None:
    kept = keep_packages(folder, [Missing("setproctitle", "1.3.8", optional=True)], python="/p/python")
    assert (kept.versions, downloads) == ({}, [])


def test_another_interpreter_gets_downloads_for_its_own_version(
    folder: Path, downloads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    kept = keep_packages(folder, [PYTEST], python="/p/python")
    (words,) = downloads
    assert words[words.index("--python-version") + 1] == "3.9"
    assert {"--no-deps", "--only-binary=:all:", "pytest==1.0"} <= {*words}
    assert (kept.versions, kept.linked) == ({"pytest": "1.0"}, ())
    assert (folder / "pytest.py").exists()


def test_uv_is_asked_first_where_there_is_one(
    folder: Path, downloads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/bin/{name}")
    keep_packages(folder, [PYTEST], python="/p/python")
    assert downloads[0][:3] == ["/bin/uv", "pip", "install"]
    assert downloads[0][downloads[0].index("--python") + 1] == "/p/python"


def test_the_second_time_nothing_is_done(folder: Path, downloads: list[list[str]]) -> None:
    first = keep_packages(folder, [PYTEST], python="/p/python")
    assert keep_packages(folder, [PYTEST], python="/p/python") == first
    assert len(downloads) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / STAMP).unlink(),
        lambda folder: (folder / STAMP).write_text("{"),
        lambda folder: (folder / "gone").symlink_to("/nowhere/at/all"),
    ],
    ids=["no stamp", "a spoilt stamp", "a link that leads nowhere"],
)
def test_a_spoilt_folder_is_made_anew(
    folder: Path, downloads: list[list[str]], change: Callable[[Path], object]
) -> None:
    keep_packages(folder, [PYTEST], python="/p/python")
    change(folder)
    keep_packages(folder, [PYTEST], python="/p/python")
    assert len(downloads) == 2
    assert {entry.name for entry in folder.iterdir()} == {STAMP, "pytest.py"}


def test_other_needs_replace_the_folder_and_none_remove_it(folder: Path, downloads: list[list[str]]) -> None:
    keep_packages(folder, [PYTEST], python="/p/python")
    keep_packages(folder, [Missing("redis", "8.1.0")], python="/p/python")
    assert {entry.name for entry in folder.iterdir()} == {STAMP, "redis.py"}
    assert keep_packages(folder, [], python="/p/python").versions == {}
    assert not folder.exists()


def test_links_are_removed_and_never_what_they_lead_to(folder: Path) -> None:
    keep_packages(folder, [PYTEST], python=sys.executable)
    keep_packages(folder, [], python=sys.executable)
    assert not folder.exists()
    assert Path(pytest.__file__).exists()


def test_a_failed_download_leaves_nothing_and_says_what_to_run(
    folder: Path, downloads: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_run", lambda words: "no route to host")
    with pytest.raises(TenfoldError) as told:
        keep_packages(folder, [PYTEST], python="/p/python")
    assert "no route to host" in told.value.why
    assert "/p/python -m pip install pytest==1.0" in told.value.next_step
    assert list(folder.parent.iterdir()) == []


def test_what_a_killed_start_left_is_cleared(folder: Path, downloads: list[list[str]]) -> None:
    left = folder.with_name("packages.123.new")
    left.mkdir(parents=True)
    keep_packages(folder, [PYTEST], python="/p/python")
    assert [entry.name for entry in folder.parent.iterdir()] == ["packages"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, downloads: list[list[str]]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TenfoldError, match="cannot be put into"):
        keep_packages(tmp_path / "file" / "packages", [PYTEST], python="/p/python")


def test_an_interpreter_is_asked_without_its_packages_being_loaded() -> None:
    assert ask_interpreter(sys.executable) == own_interpreter()


def test_an_interpreter_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(TenfoldError, match="does not run"):
        ask_interpreter(str(tmp_path / "python"))
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(TenfoldError, match="does not run"):
        ask_interpreter(str(broken))


def test_an_installers_complaint_is_kept_short() -> None:
    code = "import sys; print(*range(50), sep='\\n', file=sys.stderr); sys.exit(3)"
    assert packages._run([sys.executable, "-c", code]) == "46\n47\n48\n49"
    assert packages._run([sys.executable, "-c", "pass"]) == ""
    assert packages._run([os.devnull])


def test_the_stamp_is_readable_by_people(folder: Path, downloads: list[list[str]]) -> None:
    keep_packages(folder, [PYTEST], python="/p/python")
    assert json.loads((folder / STAMP).read_text())["versions"] == {"pytest": "1.0"}

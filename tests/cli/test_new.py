from __future__ import annotations

import json
import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the commands are given in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    return tmp_path


def make(*more: str) -> int:
    return main(["new", "bazaar", "--no-install", *more])


def seen(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".cache")


def test_a_project_is_made_with_its_key_its_manifests_and_the_next_commands(
    here: Path, capsys: Output
) -> None:
    assert make() == 0
    told = capsys.readouterr().out
    assert seen(here) == ["bazaar"]
    assert (here / "bazaar/bazaar/settings.py").is_file()
    assert (here / "bazaar/deploy/kubernetes/app.yaml").is_file()
    assert stat.S_IMODE((here / "bazaar/.env").stat().st_mode) == 0o600
    assert os.access(here / "bazaar/manage.py", os.X_OK)
    assert f"cd {here}/bazaar" in told
    assert "tenfold up" in told
    assert ".venv/bin/python manage.py test" in told


def test_two_projects_have_two_keys(here: Path) -> None:
    make("--directory", "one")
    make("--directory", "two")
    keys = {(here / name / ".env").read_text(encoding="utf-8") for name in ("one", "two")}
    assert len(keys) == 2


def test_a_plan_tells_every_file_and_writes_none(here: Path, capsys: Output) -> None:
    assert make("--plan") == 0
    planned = capsys.readouterr().out
    assert seen(here) == []
    make()
    made = {
        path.relative_to(here / "bazaar").as_posix()
        for path in (here / "bazaar").rglob("*")
        if path.is_file() and ".git/" not in path.as_posix()
    }
    assert {line.strip() for line in planned.splitlines()[1:]} == made


def test_the_answer_for_programs_is_one_object(here: Path, capsys: Output) -> None:
    assert make("--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["folder"]) == ("bazaar", str(here / "bazaar"))
    assert told["written"] is True
    assert told["installed"] is None
    assert {"path": ".env", "mode": "600"} in told["files"]
    assert told["next"][-2:] == ["tenfold up", ".venv/bin/python manage.py test"]


def test_a_folder_that_holds_something_is_left_as_it_is(here: Path, capsys: Output) -> None:
    (here / "bazaar").mkdir()
    (here / "bazaar/mine.txt").write_text("kept", encoding="utf-8")
    assert make() == 2
    assert seen(here / "bazaar") == ["mine.txt"]
    assert "is not empty (mine.txt)" in capsys.readouterr().err


def test_an_empty_folder_that_a_shell_stands_in_is_filled(here: Path) -> None:
    empty = here / "empty"
    empty.mkdir()
    inode = empty.stat().st_ino
    assert make("--directory", "empty") == 0
    assert empty.stat().st_ino == inode
    assert (empty / "manage.py").is_file()


def test_a_name_that_cannot_be_makes_nothing(here: Path, capsys: Output) -> None:
    assert main(["new", "my-shop", "--no-install"]) == 2
    assert seen(here) == []
    assert "tenfold new my_shop" in capsys.readouterr().err


def test_an_installed_package_is_no_name_for_a_project(capsys: Output) -> None:
    assert main(["new", "pytest", "--no-install"]) == 2
    assert "an installed package" in capsys.readouterr().err


def test_an_installation_that_fails_leaves_the_files_and_says_what_is_next(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr("tenfold.cli._new_environment.install", lambda *_: "no network")
    assert main(["new", "bazaar"]) == 1
    told = capsys.readouterr().out
    assert (here / "bazaar/manage.py").is_file()
    assert "Its packages are not installed: no network" in told
    assert ".venv/bin/python -m pip install -r requirements/development.txt" in told


def test_an_installed_project_needs_no_command_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr("tenfold.cli._new_environment.install", lambda *_: "")
    assert main(["new", "bazaar"]) == 0
    told = capsys.readouterr().out
    assert "installed in .venv" in told
    assert "pip install" not in told


def test_a_project_inside_a_repository_begins_none_of_its_own(here: Path, capsys: Output) -> None:
    subprocess.run(["git", "init", "--quiet", str(here)], check=True)
    assert make() == 0
    assert not (here / "bazaar/.git").exists()
    assert "it stands in one" in capsys.readouterr().out

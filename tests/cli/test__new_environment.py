from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.cli import _new_environment
from tenfold.cli._new_environment import find_origin, install

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are given; none is run."""
    given: list[list[str]] = []

    def note(words: list[str], folder: Path) -> str:
        given.append(list(words))
        return ""

    monkeypatch.setattr(_new_environment, "_run", note)
    monkeypatch.setattr(_new_environment, "find_origin", lambda: "")
    return given


def test_the_environment_is_made_by_this_python_and_filled_by_its_own_pip(
    tmp_path: Path, commands: list[list[str]]
) -> None:
    assert install(tmp_path, lambda _: None) == ""
    venv, pip = commands
    assert venv == [sys.executable, "-m", "venv", "--prompt", tmp_path.name, ".venv"]
    assert pip[0] == str(tmp_path / ".venv/bin/python")
    assert pip[-2:] == ["--requirement", "requirements/development.txt"]


def test_a_tenfold_that_no_registry_has_is_brought_as_a_wheel(
    tmp_path: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_new_environment, "find_origin", lambda: "/srv/tenfold")
    install(tmp_path, lambda _: None)
    wheel = commands[1]
    assert wheel[-3:] == ["--wheel-dir", "wheels", "/srv/tenfold"]
    assert "--no-deps" in wheel


def test_each_step_is_told_before_it_is_taken(tmp_path: Path, commands: list[list[str]]) -> None:
    told: list[str] = []
    install(tmp_path, told.append)
    assert [line.partition(" ")[0] for line in told] == ["Making", "Installing"]


def test_what_fails_first_ends_it_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_new_environment.sys, "executable", str(tmp_path / "no-python"))
    assert "cannot be made" in install(tmp_path, lambda _: None)


def test_the_last_lines_of_a_long_complaint_are_shown(tmp_path: Path) -> None:
    talk = "import sys; [print(n, file=sys.stderr) for n in range(100)]; sys.exit(1)"
    told = _new_environment._run([sys.executable, "-c", talk], tmp_path)
    assert told.splitlines()[-1] == "99"
    assert len(told.splitlines()) == _new_environment.LAST_LINES


def test_a_person_is_told_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_new_environment, "find_origin", lambda: "/srv/my tools/tenfold")
    assert _new_environment.install_commands() == (
        "python -m venv .venv",
        ".venv/bin/python -m pip wheel --no-deps --wheel-dir wheels '/srv/my tools/tenfold'",
        ".venv/bin/python -m pip install -r requirements/development.txt",
    )
    monkeypatch.setattr(_new_environment, "find_origin", lambda: "")
    assert len(_new_environment.install_commands()) == 2


def test_an_origin_that_is_gone_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_new_environment, "read_origin", lambda _: "/no/such/place")
    assert find_origin() == ""

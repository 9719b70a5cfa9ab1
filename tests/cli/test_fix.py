from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tenfold.cli import _output
from tenfold.cli.main import main
from tenfold.edits.model import SetSetting
from tenfold.practice import Safety
from tenfold.practices import catalogue
from tests.builders import make_practice
from tests.cli.conftest import mended_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.edits.model import Change

Output = pytest.CaptureFixture[str]
TEXT = "DEBUG = True  # local\nENV_FILE = 1\n"


@pytest.fixture
def home(catalogue: Path) -> Path:
    (catalogue / "settings.py").write_text(TEXT, encoding="utf-8")
    return catalogue


def test_the_diff_is_printed_and_nothing_is_written(home: Path, capsys: Output) -> None:
    assert main(["fix", str(home)]) == 0
    out = capsys.readouterr().out
    assert "-DEBUG = True  # local\n+DEBUG = False  # local\n" in out
    assert "1 more with --unsafe" in out
    assert (home / "settings.py").read_text(encoding="utf-8") == TEXT
    assert [path.name for path in home.iterdir()] == ["settings.py"]


def test_applying_judges_again_and_says_what_is_held(home: Path, capsys: Output) -> None:
    assert main(["fix", str(home), "--apply"]) == 0
    out = capsys.readouterr().out
    assert "now held: settings/debug-off" in out
    assert "score " in out
    assert "DEBUG = False" in (home / "settings.py").read_text(encoding="utf-8")
    assert main(["fix", str(home), "--apply"]) == 0
    assert "Nothing to mend by itself." in capsys.readouterr().out


def test_undo_restores_the_files(home: Path, capsys: Output) -> None:
    main(["fix", str(home), "--apply", "--unsafe"])
    assert (home / ".gitignore").is_file()
    assert main(["fix", str(home), "--undo"]) == 0
    assert (home / "settings.py").read_text(encoding="utf-8") == TEXT
    assert [path.name for path in home.iterdir()] == ["settings.py"]
    assert main(["fix", str(home), "--undo"]) == 2
    assert "nothing to undo" in capsys.readouterr().err


def test_a_finding_that_its_fix_does_not_mend_is_said_and_ends_with_1(home: Path, capsys: Output) -> None:
    assert main(["fix", str(home), "--apply", "--unsafe"]) == 1  # .gitignore does not take ENV_FILE away
    assert "still found: settings/env-file-not-committed" in capsys.readouterr().out


def test_only_what_is_selected_is_mended(home: Path, capsys: Output) -> None:
    main(["fix", str(home), "--ignore", "settings/debug-off"])
    assert "Nothing to mend by itself." in capsys.readouterr().out


def test_a_suppressed_finding_is_left_alone(home: Path, capsys: Output) -> None:
    text = "DEBUG = True  # tenfold: allow[settings/debug-off] a demonstration\n"
    (home / "settings.py").write_text(text, encoding="utf-8")
    main(["fix", str(home), "--apply"])
    assert (home / "settings.py").read_text(encoding="utf-8") == text


def test_json_is_one_object(home: Path, capsys: Output) -> None:
    main(["fix", str(home), "--json", "--apply"])
    document = json.loads(capsys.readouterr().out)
    assert document["applied"] is True
    assert document["held"] == ["settings/debug-off"]
    assert document["fixes"] == [
        {"practice": "settings/debug-off", "path": "settings.py", "line": 1, "fix": "safe"}
    ]
    assert document["files"] == [{"path": "settings.py", "created": False}]
    assert document["undo"].endswith(".tenfold/undo/1.json")
    assert document["score"]["after"] > document["score"]["before"]


def test_a_read_only_file_is_left_alone_with_its_reason(home: Path, capsys: Output) -> None:
    (home / "settings.py").chmod(0o444)
    assert main(["fix", str(home), "--apply"]) == 0
    assert "left alone: settings/debug-off settings.py:1: settings.py is read-only" in capsys.readouterr().out


def test_what_another_change_mended_on_the_way_is_not_listed_as_left_alone(
    home: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    debug, _ = catalogue.entries()
    practice = make_practice("settings/debug-twin", fix=Safety.SAFE)
    twin = mended_entry(practice, "DEBUG = True", SetSetting("settings.py", "DEBUG", "bool(0)"))
    monkeypatch.setattr(catalogue, "entries", lambda: (debug, twin))
    main(["fix", str(home)])
    assert "overlaps another change" in capsys.readouterr().out
    main(["fix", str(home), "--apply"])
    out = capsys.readouterr().out
    assert "left alone" not in out
    assert "DEBUG = False" in (home / "settings.py").read_text(encoding="utf-8")


def test_a_fix_that_fails_is_a_fault_and_the_others_go_on(
    home: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[Change]:
        raise KeyError("no")

    debug, env = catalogue.entries()
    monkeypatch.setattr(catalogue, "entries", lambda: (replace(debug, fix=fail), env))
    assert main(["fix", str(home), "--unsafe", "--apply"]) == 3
    captured = capsys.readouterr()
    assert "fix of settings/debug-off settings.py:1: KeyError('no')" in captured.err
    assert (home / ".gitignore").is_file()


def test_a_diff_on_a_terminal_shows_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_output, "is_colour_wanted", lambda: True)
    assert _output.colour_diff("+a\x1b[2Jb\n c") == "\x1b[32m+a\\x1b[2Jb\x1b[0m\n c"

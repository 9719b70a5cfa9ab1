from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.cli import _remembered
from tenfold.cli.main import main
from tenfold.config import Config
from tenfold.project.model import Location
from tenfold.project.source import Source, Unparsed
from tests.builders import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Project

Output = pytest.CaptureFixture[str]


@pytest.fixture
def readings(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The projects that were read, in order."""
    read: list[Path] = []

    def note(request: Any, **_: Any) -> Project:
        read.append(request.root)
        return make_project(request.root.resolve())

    monkeypatch.setattr("tenfold.cli._project.read", note)
    (catalogue / "settings.py").write_text("DEBUG = True\n", encoding="utf-8")
    return read


def judge(home: Path, capsys: Output, *arguments: str) -> list[str]:
    main(["audit", str(home), "--format", "json", *arguments])
    return [one["practice"] for one in json.loads(capsys.readouterr().out)["findings"]]


def test_an_unchanged_project_is_not_read_again(
    catalogue: Path, readings: list[Path], capsys: Output
) -> None:
    assert judge(catalogue, capsys) == judge(catalogue, capsys) == ["settings/debug-off"]
    assert len(readings) == 1


def test_a_changed_file_is_read_again(catalogue: Path, readings: list[Path], capsys: Output) -> None:
    judge(catalogue, capsys)
    (catalogue / "settings.py").write_text("DEBUG = False\n", encoding="utf-8")
    assert judge(catalogue, capsys) == []
    assert len(readings) == 2


def test_another_selection_is_another_report(catalogue: Path, readings: list[Path], capsys: Output) -> None:
    judge(catalogue, capsys)
    assert judge(catalogue, capsys, "--ignore", "settings") == []
    assert len(readings) == 2


def test_nothing_is_remembered_without_the_cache(
    catalogue: Path, readings: list[Path], capsys: Output
) -> None:
    judge(catalogue, capsys, "--no-cache")
    judge(catalogue, capsys, "--no-cache")
    assert len(readings) == 2


def test_a_report_with_a_file_that_did_not_parse_is_not_kept(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    read = []

    def note(request: Any, **_: Any) -> Project:
        read.append(request.root)
        unparsed = (Unparsed(Location("settings.py", 1), "invalid syntax"),)
        return make_project(request.root.resolve(), source=Source((), unparsed=unparsed))

    monkeypatch.setattr("tenfold.cli._project.read", note)
    (catalogue / "settings.py").write_text("DEBUG = True\n", encoding="utf-8")
    judge(catalogue, capsys)
    judge(catalogue, capsys)
    assert len(read) == 2


def test_another_ruff_changes_the_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ruff = tmp_path / "ruff"
    ruff.write_text("1", encoding="utf-8")
    monkeypatch.setattr("tenfold.project.readers.lint.find_ruff", lambda: ruff)
    root = tmp_path / "shop"
    root.mkdir()
    before = _remembered.sign(root, Config(), None)
    assert _remembered.sign(root, Config(), None) == before
    ruff.write_text("22", encoding="utf-8")
    assert _remembered.sign(root, Config(), None) != before


def test_a_broken_memory_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "report.pickle").write_bytes(b"\x80\x05nonsense")
    assert _remembered.recall(tmp_path, "signature") is None


def test_a_file_that_git_starts_to_track_changes_the_signature(tmp_path: Path) -> None:
    before = _remembered.sign(tmp_path, Config(), None)
    (tmp_path / "new.py").write_text("", encoding="utf-8")
    assert _remembered.sign(tmp_path, Config(), None) != before

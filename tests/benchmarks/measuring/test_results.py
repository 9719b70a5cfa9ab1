from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_results_say_what_machine_they_are_of_and_not_where(tmp_path: Path) -> None:
    from measuring.results import write_results

    document = json.loads(write_results("speed", {"ratio": 2}, folder=tmp_path / "results").read_text())
    assert document["ratio"] == 2
    assert set(document["machine"]) == {"cores", "python", "system"}


def test_checkouts_come_from_the_command_line_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from measuring.results import list_checkouts

    monkeypatch.setenv("TENFOLD_CHECKOUTS", f"{tmp_path / 'one'}:{tmp_path / 'two'}")
    assert [path.name for path in list_checkouts([])] == ["one", "two"]
    assert [path.name for path in list_checkouts([str(tmp_path / "three")])] == ["three"]


def test_a_folder_outside_of_git_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from measuring.results import read_commit

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert read_commit(tmp_path) == ""

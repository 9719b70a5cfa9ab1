from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.keep import replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_as_a_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "below/one.json"
    replace_file(path, "first")
    replace_file(path, "second", mode=0o600)
    assert path.read_text() == "second"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.json"
    replace_file(path, "first")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TenfoldError, match="No space left"):
        replace_file(path, "second")
    assert path.read_text() == "first"
    assert [one.name for one in tmp_path.iterdir()] == ["one.json"]


def test_a_folder_in_place_of_a_file_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "one.json/below").mkdir(parents=True)
    with pytest.raises(TenfoldError, match="cannot be written"):
        replace_file(tmp_path / "one.json", "text")
    assert [one.name for one in tmp_path.iterdir()] == ["one.json"]

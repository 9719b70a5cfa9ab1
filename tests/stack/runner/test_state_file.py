from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.state_file import STATE, Recorded, read_started, read_state, write_state

if TYPE_CHECKING:
    from pathlib import Path

SERVER = Recorded("app-1", 4321, 99, "QUIT")


def kept(folder: Path) -> Path:
    (folder / "run").mkdir()
    write_state(folder, [SERVER])
    return folder / STATE


def test_processes_are_kept_as_they_were(tmp_path: Path) -> None:
    kept(tmp_path)
    assert read_state(tmp_path) == (SERVER,)


def test_processes_of_another_boot_mean_nothing(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "boot": "another"}))
    assert read_state(tmp_path) == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"boot": "x"}', '{"processes": 1}'])
def test_a_file_cut_short_is_no_state(tmp_path: Path, text: str) -> None:
    kept(tmp_path).write_text(text)
    assert read_state(tmp_path) == ()


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path) == ()


def test_a_process_says_when_it_began() -> None:
    assert 0 < read_started(1) <= read_started(os.getpid())
    assert read_started(2**22 + 1) == 0

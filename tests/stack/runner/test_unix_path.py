from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.unix_path import LONGEST, short_path

if TYPE_CHECKING:
    from pathlib import Path


def test_a_short_path_is_taken_as_it_is(tmp_path: Path) -> None:
    with short_path(tmp_path / "s") as path:
        assert path == str(tmp_path / "s")


@pytest.mark.parametrize("name", ["a" * 60, "ü" * 30])
def test_a_long_path_can_be_listened_at(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / name
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        with short_path(folder / "app-1.sock") as path:
            assert len(path.encode()) <= LONGEST
            server.bind(path)
        assert (folder / "app-1.sock").is_socket()

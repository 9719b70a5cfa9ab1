from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tenfold.project.files import File, Files
from tenfold.project.model import Known
from tenfold.project.readers.mentions import LARGEST, find_mentions
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

MARKER = b"tenfold: allow"


def test_files_that_mention_the_marker_are_found_whatever_their_kind(tmp_path: Path) -> None:
    files = {
        "b.py": "# tenfold: allow[x] y\n",
        "a/nginx.conf": "# tenfold: allow[x] y\n",
        "Dockerfile": "# tenfold: allow[x] y\n",
        "plain.py": "allow\n",
        "latin.py": b"\xe9 # tenfold: allow[x] y\n",
    }
    write_files(tmp_path, files)
    assert find_mentions(tmp_path, list_files(tmp_path), MARKER) == (
        "Dockerfile",
        "a/nginx.conf",
        "b.py",
        "latin.py",
    )


def test_data_and_generated_files_are_not_searched(tmp_path: Path) -> None:
    write_files(tmp_path, {"data.json": MARKER, "logo.PNG": MARKER, "huge.py": MARKER + b" " * LARGEST})
    assert find_mentions(tmp_path, list_files(tmp_path), MARKER) == ()


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    paths = ("folder", "gone.py", "pipe.py")
    files = Files(tuple(File(path, 10, tracked=True) for path in paths), Known(True))
    assert find_mentions(tmp_path, files, MARKER) == ()

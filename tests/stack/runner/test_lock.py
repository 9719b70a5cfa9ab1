from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.lock import hold_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_supervisor_is_told_who_has_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / ".tenfold"
    with hold_lock(folder), pytest.raises(TenfoldError) as caught, hold_lock(folder):
        pass
    assert caught.value.what == f"A stack runs in {folder} already."
    assert str(os.getpid()) in caught.value.why
    assert f"`tenfold down {tmp_path}` stops it" in caught.value.next_step


def test_the_lock_is_free_after_it_was_held(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_lock(tmp_path):
            assert (tmp_path / "run/lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / "run/lock").read_text() == ""


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from tenfold.stack.runner.lock import hold_lock
with hold_lock(Path({str(tmp_path)!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert (tmp_path / "run/lock").read_text() != "", "its pid still stands there"
    with hold_lock(tmp_path):
        assert (tmp_path / "run/lock").read_text() == f"{os.getpid()}\n"

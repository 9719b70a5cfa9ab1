from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.stack.runner.lock import Claim, hold_lock, is_in_place, take_lock

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
from tenfold.stack.runner.lock import Claim, hold_lock, is_in_place, take_lock
with hold_lock(Path({str(tmp_path)!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert (tmp_path / "run/lock").read_text() != "", "its pid still stands there"
    with hold_lock(tmp_path):
        assert (tmp_path / "run/lock").read_text() == f"{os.getpid()}\n"


def test_an_inherited_lock_is_held_without_a_gap(tmp_path: Path) -> None:
    claim = Claim()
    claim.take(tmp_path)
    claim.take(tmp_path)
    script = f"""
from pathlib import Path
from tenfold.stack.runner.lock import Claim, hold_lock, is_in_place, take_lock
with hold_lock(Path({str(tmp_path)!r}), {claim.descriptor}):
    print((Path({str(tmp_path)!r}) / "run/lock").read_text(), flush=True)
    input()
"""
    assert claim.descriptor is not None
    words = [sys.executable, "-c", script]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(claim.descriptor,), text=True
    ) as heir:
        assert heir.stdout
        assert heir.stdin
        assert heir.stdout.readline() == f"{heir.pid}\n"
        os.close(claim.descriptor)
        with pytest.raises(TenfoldError) as caught:
            take_lock(tmp_path)
        heir.stdin.write("\n")
    assert f"Process {heir.pid} supervises it." in caught.value.why
    os.close(take_lock(tmp_path))


def test_a_lock_of_a_removed_folder_is_no_longer_in_place(tmp_path: Path) -> None:
    folder = tmp_path / ".tenfold"
    with hold_lock(folder) as held:
        assert is_in_place(held, folder)
        shutil.rmtree(folder)
        assert not is_in_place(held, folder)
        with hold_lock(folder) as other:
            assert is_in_place(other, folder)
            assert not is_in_place(held, folder)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file, not a folder")
    with pytest.raises(TenfoldError) as caught:
        take_lock(tmp_path / "shop/.tenfold")
    assert caught.value.what == f"{tmp_path}/shop/.tenfold cannot be written."
    assert "Not a directory" in caught.value.why

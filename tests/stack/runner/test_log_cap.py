from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from tenfold.stack.runner.log_cap import cap_logs, open_log

if TYPE_CHECKING:
    from pathlib import Path


def test_a_log_is_for_its_owner_and_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "logs/app-1.log"
    for text in (b"one\n", b"two\n"):
        with open_log(path) as log:
            log.write(text)
    assert path.read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_big_log_is_copied_aside_and_emptied_in_place(tmp_path: Path) -> None:
    path = tmp_path / "logs/app-1.log"
    with open_log(path) as log:
        log.write(b"a" * 50 + b"b" * 100)
        log.flush()
        before = path.stat().st_ino
        assert cap_logs(tmp_path, most=100) == ["app-1.log"]
        # The service writes on through the descriptor that it has.
        log.write(b"next\n")
    assert path.stat().st_ino == before
    assert path.read_bytes() == b"next\n"
    assert (tmp_path / "logs/app-1.log.1").read_bytes() == b"b" * 100


def test_a_log_within_its_limit_is_left(tmp_path: Path) -> None:
    with open_log(tmp_path / "logs/app-1.log") as log:
        log.write(b"a" * 100)
    assert cap_logs(tmp_path, most=100) == []
    assert cap_logs(tmp_path / "nowhere") == []


def test_a_log_is_emptied_even_when_the_copy_has_no_room(tmp_path: Path) -> None:
    path = tmp_path / "logs/app-1.log"
    with open_log(path) as log:
        log.write(b"a" * 200)
    (tmp_path / "logs/app-1.log.1").mkdir()
    (tmp_path / "logs/app-1.log.1").rmdir()
    (tmp_path / "logs/app-1.log.1").symlink_to("/dev/full")
    assert cap_logs(tmp_path, most=100) == ["app-1.log"]
    assert path.read_bytes() == b""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.runner.log_tail import MOST, read_since

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_lines_since_a_start_are_read(tmp_path: Path) -> None:
    log = tmp_path / "app-1.log"
    log.write_text("of before\none\n\n\x1b[31mtwo\x1b[0m\nthree")
    assert read_since(log, 10, 20) == ["one", "two", "three"]
    assert read_since(log, 10, 2) == ["two", "three"]


def test_a_log_that_was_emptied_since_is_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "app-1.log"
    log.write_text("one\n")
    assert read_since(log, 5000, 20) == ["one"]


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert read_since(tmp_path / "gone.log", 0, 20) == []


def test_only_the_end_of_a_flood_is_read(tmp_path: Path) -> None:
    log = tmp_path / "app-1.log"
    log.write_bytes(b"x" * 3 * MOST + b"\nlast\n")
    lines = read_since(log, 0, 20)
    assert lines[-1] == "last"
    assert sum(map(len, lines)) < MOST + 10

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner import log_files
from tenfold.stack.runner.log_files import Follower, LogLine, follow, last_lines, log_file, read_tail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stamped(second: int, text: str) -> str:
    return f"2026-11-21 12:00:{second:02} UTC {text}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    (tmp_path / "logs").mkdir()

    def append(service: str, text: str) -> Path:
        path = log_file(tmp_path, service)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        return path

    return append


def texts(lines: list[LogLine]) -> list[tuple[str, str]]:
    return [(line.service, line.text.rpartition(" ")[2]) for line in lines]


def test_lines_of_all_services_are_merged_by_time(tmp_path: Path, write: Callable[..., Path]) -> None:
    write("app-1", stamped(1, "a") + stamped(4, "d") + "Traceback\n")
    write("postgres", stamped(2, "b") + stamped(3, "c") + stamped(5, "e"))
    lines = last_lines(tmp_path, ("app-1", "postgres", "gone"), count=10)
    expected = [("app-1", "a"), ("postgres", "b"), ("postgres", "c"), ("app-1", "d"), ("app-1", "Traceback")]
    assert texts(lines) == [*expected, ("postgres", "e")]
    assert texts(last_lines(tmp_path, ("app-1", "postgres"), count=2)) == [
        ("app-1", "Traceback"),
        ("postgres", "e"),
    ]
    assert last_lines(tmp_path, ("app-1",), count=0) == []


@pytest.mark.parametrize("block", [3, 7, 65_536])
def test_the_tail_of_a_file_is_read_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(log_files, "BLOCK", block)
    path = tmp_path / "one.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    assert read_tail(path, 3) == ["line 97", "line 98", "line 99"]
    assert len(read_tail(path, 500)) == 100
    assert read_tail(path, 1, end=14) == ["line 1"]
    path.write_text("a\nunfinished")
    assert read_tail(path, 5) == ["a", "unfinished"]


def test_no_more_is_read_of_a_flooded_log_than_is_bearable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "BLOCK", 10)
    monkeypatch.setattr(log_files, "MOST", 50)
    path = tmp_path / "one.log"
    path.write_text("y" * 1000 + "\n" + "line\n" * 5)
    assert read_tail(path, 100) == ["line"] * 5


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    path.write_bytes(b"caf\xe9\r\n")
    assert read_tail(path, 1) == ["caf\ufffd"]


def test_following_shows_whole_lines_as_they_come(tmp_path: Path, write: Callable[..., Path]) -> None:
    write("app-1", "old\nbegun ")
    follower = Follower(tmp_path, ("app-1", "worker"))
    assert follower.read() == []
    write("app-1", "and ended\nnext")
    write("worker", "first\n")
    assert follower.read() == [LogLine("app-1", "begun and ended"), LogLine("worker", "first")]
    write("app-1", "\n")
    assert follower.read() == [LogLine("app-1", "next")]


def test_a_replaced_or_emptied_log_is_read_from_its_beginning(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    path = write("app-1", "old\nolder\n")
    follower = Follower(tmp_path, ("app-1",))
    path.rename(path.with_suffix(".1"))
    write("app-1", "a new file with more than before\n")
    assert [line.text for line in follower.read()] == ["a new file with more than before"]
    os.truncate(path, 0)
    write("app-1", "emptied\n")
    assert [line.text for line in follower.read()] == ["emptied"]
    path.unlink()
    assert follower.read() == []


def test_following_begins_with_the_last_lines_and_loses_none(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    write("app-1", "one\ntwo\nhalf ")
    rounds = iter(("a line\n", "three\n", ""))

    def wait() -> bool:
        more = next(rounds)
        write("app-1", more)
        return bool(more)

    shown = [line.text for line in follow(tmp_path, ("app-1",), wait=wait, count=1)]
    assert shown == ["two", "half a line", "three"]

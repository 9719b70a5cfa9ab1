from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tenfold.stack.runner.log_files import log_file
from tests.cli.fake_stack import make_stack

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]
REQUEST = '{"time":"2026-11-21T12:00:03+00:00","method":"GET","path":"/","status":500,"seconds":0.1}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_stack(tmp_path)
    log_file(folder, "app-1").write_text("2026-11-21 12:00:01 UTC one\n2026-11-21 12:00:04 UTC four\n")
    log_file(folder, "app-2").write_text("2026-11-21 12:00:02 UTC two \x1b[31mred\x1b[0m\n")
    log_file(folder, "edge-access").write_text(REQUEST + "\n")
    log_file(folder, "tenfold").write_text("2026-11-21T12:00:05.000+00:00 good app-1: ready in 0.1 s\n")
    return folder


def test_all_logs_are_merged_by_time_behind_their_names(folder: Path, capsys: Output) -> None:
    assert main(["logs", "-C", str(folder.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["app-1", "app-2", "edge", "app-1", "tenfold"]
    assert lines[0] == "app-1     | 2026-11-21 12:00:01 UTC one"
    assert lines[1].endswith("two red")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["app"], ["one", "red", "four"]),
        (["app-1"], ["one", "four"]),
        (["app", "-n", "1"], ["four"]),
        (["tenfold"], ["s"]),
        (["postgres"], []),
    ],
)
def test_services_and_the_number_of_lines_are_chosen(
    folder: Path, capsys: Output, words: list[str], shown: list[str]
) -> None:
    assert main(["logs", *words, "-C", str(folder.parent)]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == shown


def test_raw_lines_are_as_they_were_written(folder: Path, capsys: Output) -> None:
    main(["logs", "edge", "--raw", "-C", str(folder.parent)])
    assert capsys.readouterr().out == REQUEST + "\n"


def test_an_unknown_service_is_refused_with_the_nearest(folder: Path, capsys: Output) -> None:
    assert main(["logs", "ap-1", "-C", str(folder.parent)]) == 2
    assert 'Did you mean "app-1"?' in capsys.readouterr().err


def test_a_number_of_lines_must_be_one(folder: Path, capsys: Output) -> None:
    assert main(["logs", "-n", "-3", "-C", str(folder.parent)]) == 2
    assert "no number of lines" in capsys.readouterr().err


def test_a_terminal_gets_colours_and_requests_in_few_words(
    folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.cli._output.is_colour_wanted", lambda: True)
    main(["logs", "-C", str(folder.parent)])
    out = capsys.readouterr().out
    assert "\x1b[31m500 GET / 100 ms\x1b[0m" in out
    assert "\x1b[32mready in 0.1 s\x1b[0m" in out
    assert "two red" in out


def test_following_shows_what_is_added_until_interrupted(folder: Path) -> None:
    words = [sys.executable, "-m", "tenfold", "logs", "app-1", "-f", "-n", "1", "-C", str(folder.parent)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": ""}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("four\n")
        with log_file(folder, "app-1").open("a") as file:
            file.write("added\n")
        assert process.stdout.readline().endswith("| added\n")
        process.send_signal(2)
        assert process.wait(30) == 0

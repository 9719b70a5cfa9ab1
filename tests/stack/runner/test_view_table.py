from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tenfold.stack.runner.log_files import LogLine
from tenfold.stack.runner.sampling import Sample
from tenfold.stack.runner.view_table import Picture, draw, draw_status
from tests.cli.fake_stack import make_status

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

MIB = 1 << 20
SAMPLES = {
    "postgres": Sample(84 * MIB, 0.12, None, {"connections": "11"}),
    "replica-1": Sample(42 * MIB, 0.01, None, {"lag": "2.0 s"}),
    "edge": Sample(12 * MIB, 0.2, 1520.3),
}
LINES = [
    LogLine("postgres", "2026-11-21 12:00:01.250 UTC [812] LOG:  ready"),
    LogLine("edge-access", '{"method":"GET","path":"/","status":502,"seconds":0.01}'),
    LogLine("tenfold", "2026-11-21T12:00:02.000+00:00 warning app-1: ended with code 1"),
]


def text_of(shown: RenderableType, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    status = make_status(tmp_path, app_1="back-off")
    services = tuple(
        replace(one, pid=4711, restarts=4, why="ended with code 1: " + "x" * 80)
        if one.name == "app-1"
        else one
        for one in status.services
    )
    return Picture(
        replace(status, services=services), SAMPLES, LINES, now=721.0, hint="Ctrl-C stops the stack"
    )


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_nothing_is_wider_than_the_terminal(picture: Picture, width: int) -> None:
    lines = text_of(draw(picture, width=width, height=30), width).splitlines()
    assert max(map(len, lines)) <= width
    assert not any("  │  " in line for line in lines)


def test_eighty_columns_hold_all_that_matters(picture: Picture) -> None:
    text = text_of(draw(picture, width=80, height=30), 80)
    heading, *rest = text.partition(" logs ")[0].splitlines()
    assert " ".join(heading.split()) == "shop ● running 4 of 5 ready 12m https://localhost:8443/"
    rows = {line.split()[0]: line.split()[1:] for line in rest if line.strip()}
    assert rows["replica-1"] == ["●", "ready", "1%", "42", "MiB", "lag", "2.0", "s", "12m"]
    assert rows["edge"] == ["●", "ready", ":8443", "20%", "12", "MiB", "1,520", "req/s", "12m"]
    assert "1,520 req/s" in text
    assert "↻ back-off ↻4" in text
    assert " ✓ done: migrate" in text
    assert "↻ app-1: ended with code 1: xxx" in text


@pytest.mark.parametrize("height", [20, 24, 50])
def test_the_screen_is_filled_exactly_with_the_hint_last(picture: Picture, height: int) -> None:
    lines = text_of(draw(picture, width=80, height=height), 80).splitlines()
    assert len(lines) == height
    assert lines[-1].strip() == "Ctrl-C stops the stack"


def test_log_lines_get_the_height_that_is_left_the_newest_last(picture: Picture) -> None:
    many = replace(picture, lines=[LogLine("app-1", f"line {number}") for number in range(100)])
    tall = text_of(draw(many, width=80, height=40), 80)
    short = text_of(draw(many, width=80, height=10), 80)
    assert tall.count("│ line") > short.count("│ line") == 3
    assert tall.splitlines()[-2].endswith("line 99")
    assert "line 99" in short


def test_lines_are_told_by_the_service_that_they_are_about(picture: Picture) -> None:
    text = text_of(draw(picture, width=80, height=30), 80)
    assert " postgres │ LOG:  ready" in text
    assert " edge     │ 502 GET / 10 ms" in text
    assert " app-1    › ended with code 1" in text


def test_columns_that_do_not_fit_are_left_out_the_least_important_first(picture: Picture) -> None:
    headings = [
        text_of(draw(picture, width=width, height=30), width).splitlines()[2].split()
        for width in (66, 70, 80, 120)
    ]
    always = ["service", "state", "address", "memory", "load", "age"]
    assert headings[0] == always
    assert headings[1] == [*always[:3], "pid", *always[3:]]
    assert headings[2] == [*always[:3], "pid", "cpu", *always[3:]]
    assert headings[3] == [*always[:2], "what", "address", "pid", "cpu", *always[3:]]


def test_a_long_address_is_cut_before_anything_else(picture: Picture) -> None:
    services = tuple(replace(one, address="smtp://" + "long" * 20) for one in picture.status.services)
    long = replace(picture, status=replace(picture.status, services=services))
    text = text_of(draw(long, width=80, height=30), 80)
    assert "longlong" in text
    assert all(part in text for part in ("connections 11", "lag 2.0 s", "1,520 req/s", "back-off ↻4", "12m"))


def test_one_look_has_no_logs_and_no_hint(picture: Picture) -> None:
    text = text_of(draw_status(picture, width=100), 100)
    assert "logs" not in text
    assert "Ctrl-C" not in text
    assert "app-2" in text
    bare = replace(picture, samples={})
    assert "cpu" not in text_of(draw_status(bare, width=100), 100)


def test_markup_in_names_and_lines_is_shown_as_it_is(picture: Picture) -> None:
    odd = replace(picture, lines=[LogLine("app-1", "[red]not red[/red] [/]")])
    assert "│ [red]not red[/red] [/]" in text_of(draw(odd, width=80, height=30), 80)

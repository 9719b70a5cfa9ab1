from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tenfold.stack.runner.printer import Printer, wants_colour
from tenfold.stack.runner.view_protocol import Line

if TYPE_CHECKING:
    import pytest


def printed(*lines: Line, colour: bool = False) -> str:
    stream = io.StringIO()
    printer = Printer(["postgres", "app-1"], stream, colour=colour)
    for line in lines:
        printer.say(line)
    return stream.getvalue()


def test_names_stand_in_one_column() -> None:
    text = printed(
        Line("postgres", "ready in 0.8 s", "good"), Line("app-1", "hello", "log"), Line("", "stopped")
    )
    assert text == "postgres > ready in 0.8 s\napp-1    | hello\ntenfold  > stopped\n"


def test_names_and_levels_have_colours_on_a_terminal() -> None:
    text = printed(Line("postgres", "ready", "good"), Line("app-1", "it broke", "error"), colour=True)
    first, second = text.splitlines()
    assert first == "\033[33mpostgres >\033[0m \033[32mready\033[0m"
    assert second == "\033[35mapp-1    >\033[0m \033[31mit broke\033[0m"


def test_a_service_cannot_steer_the_terminal() -> None:
    assert printed(Line("app-1", "\033]0;title\007\033[2Jhello", "log")) == "app-1    | hello\n"


def test_a_service_that_the_plan_does_not_know_is_printed() -> None:
    assert "other" in printed(Line("other", "hello"), colour=True)


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    printer = Printer(["app-1"], Closed(), colour=False)
    printer.say(Line("app-1", "hello"))
    printer.say(Line("app-1", "hello again"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(Terminal())

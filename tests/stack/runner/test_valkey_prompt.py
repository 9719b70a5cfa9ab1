from __future__ import annotations

from typing import Any

import pytest

from tenfold.stack.runner.valkey_prompt import render_answer, talk


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (None, "(nil)"),
        (3, "(integer) 3"),
        (b"PONG", '"PONG"'),
        (b"\xff\x00", '"\\xff\x00"'),
        ([], "(empty)"),
        ([b"a", [1, None]], '1) "a"\n2) 1) (integer) 1\n   2) (nil)'),
        ({b"maxmemory": b"64"}, '1) "maxmemory"\n2) "64"'),
        (b"# Server\r\nversion:9\r\n", "# Server\r\nversion:9\r\n"),
    ],
)
def test_an_answer_is_shown_as_its_own_client_shows_it(answer: Any, shown: str) -> None:
    assert render_answer(answer) == shown


def test_each_line_is_one_command_with_its_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    asked = converse(['set greeting "good day"', "", "quit", "never"])
    assert asked == [("set", "greeting", "good day")]
    assert capsys.readouterr().out == '"OK"\n'


def test_a_wrong_command_ends_no_conversation(capsys: pytest.CaptureFixture[str]) -> None:
    assert converse(["fail", 'open "quote', "ping"]) == [("fail",), ("ping",)]
    assert capsys.readouterr().out.splitlines() == [
        "(error) ERR unknown",
        "(error) No closing quotation",
        '"OK"',
        "",
    ]


def converse(lines: list[str]) -> list[tuple[str, ...]]:
    """What was asked of the server by typing these lines, then the end of the input."""
    asked: list[tuple[str, ...]] = []
    typed = iter(lines)

    def ask(*words: str) -> bytes:
        asked.append(words)
        if words == ("fail",):
            raise OSError("ERR unknown")
        return b"OK"

    def read(prompt: str) -> str:
        assert prompt == "127.0.0.1:20379> "
        line = next(typed, None)
        if line is None:
            raise EOFError
        return line

    talk(20379, ask, read)
    return asked

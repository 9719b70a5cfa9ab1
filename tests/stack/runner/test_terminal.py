from __future__ import annotations

import os
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenfold.stack.runner.terminal import LEAVE, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pseudo_terminal() -> Iterator[tuple[int, int]]:
    ends = os.openpty()
    try:
        yield ends
    finally:
        for one in ends:
            os.close(one)


def echoes(descriptor: int) -> bool:
    return bool(termios.tcgetattr(descriptor)[3] & termios.ECHO)


def test_typed_characters_are_hidden_and_the_terminal_given_back() -> None:
    with pseudo_terminal() as (outer, inner):
        before = termios.tcgetattr(inner)
        terminal = Terminal(inner)
        terminal.hush()
        assert not echoes(inner)
        assert termios.tcgetattr(inner)[3] & termios.ISIG
        terminal.give_back(leave=True)
        assert termios.tcgetattr(inner) == before
        assert os.read(outer, 100) == LEAVE.encode()
        terminal.give_back(leave=True)  # only once


def test_a_file_is_no_terminal_and_is_left_alone() -> None:
    reading, writing = os.pipe()
    terminal = Terminal(writing)
    terminal.hush()
    terminal.give_back(leave=True)
    os.close(writing)
    assert os.read(reading, 10) == b""
    os.close(reading)

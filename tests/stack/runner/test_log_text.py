from __future__ import annotations

import pytest

from tenfold.stack.runner.log_text import clean_line, is_request, rate_line, shorten_line, split_journal

REQUEST = '{"time":"2026-11-21T03:10:10+00:00","method":"GET","path":"/login/","status":%d,"seconds":0.0123}'


def test_a_request_is_told_in_few_words() -> None:
    assert shorten_line(REQUEST % 200) == "200 GET /login/ 12 ms"
    cached = (REQUEST % 200).replace("}", ',"cache":"HIT"}')
    assert shorten_line(cached) == "200 GET /login/ 12 ms cache hit"
    assert is_request(REQUEST % 200)


@pytest.mark.parametrize(
    "text", ['{"event": "cart"}', "{broken", '{"method": 1, "path": 2, "status": "x"}', "[1]"]
)
def test_other_json_is_left_as_it_is(text: str) -> None:
    assert shorten_line(text) == text
    assert not is_request('{"event": "cart"}')


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x00b\x08c\r", "abc"),
        ("a\tb", "a    b"),
        ("\u202eevil", "evil"),
    ],
)
def test_nothing_is_left_that_a_terminal_would_obey(text: str, plain: str) -> None:
    assert clean_line(text) == plain


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("ERROR:  relation does not exist", "error"),
        ("Traceback (most recent call last):", "error"),
        ("django.db.utils.OperationalError: could not connect", "error"),
        ("2026/11/21 03:10:10 [error] 9#9: connect() failed", "error"),
        (shorten_line(REQUEST % 502), "error"),
        (shorten_line(REQUEST % 404), "warning"),
        ("[WARNING] slow", "warning"),
        (shorten_line(REQUEST % 200), ""),
        ("LOG:  database system is ready", ""),
        ("GET /errors/ 200", ""),
    ],
)
def test_lines_are_rated_by_what_they_tell(text: str, level: str) -> None:
    assert rate_line(text) == level


def test_what_the_supervisor_says_is_told_apart() -> None:
    line = "2026-11-21T03:30:49.776+00:00 warning app-1: ended with code 1"
    assert split_journal(line) == ("app-1", "ended with code 1", "warning")
    assert split_journal("2026-11-21T03:30:49 worker started") is None

from __future__ import annotations

from tenfold.audit.texts import WIDEST, Texts, split_lines
from tenfold.project.model import Location, Problem

TEXT = "one\ntwo\nthree\nfour\nfive\n"


def texts(text: str = TEXT) -> Texts:
    return Texts(lambda path: text)


def test_lines_are_counted_as_python_counts_them() -> None:
    assert split_lines("a\r\nb\rc\x0cd\u2028e\n") == ["a", "b", "c\x0cd\u2028e"]
    assert split_lines("") == []


def test_a_snippet_ends_at_the_file() -> None:
    assert texts().snippet(Location("a.py", 1)) == ((1, "one"), (2, "two"), (3, "three"), (4, "four"))
    assert texts().snippet(Location("a.py", 5)) == ((2, "two"), (3, "three"), (4, "four"), (5, "five"))


def test_a_whole_file_and_a_line_beyond_its_end_have_no_snippet() -> None:
    assert texts().snippet(Location("a.py")) == ()
    assert texts().snippet(Location("a.py", 99)) == ()
    assert texts().line(Location("a.py", 99)) == ""


def test_the_line_of_a_place_is_masked() -> None:
    assert texts("\nSECRET_KEY = 'abc!def'\n").line(Location("a.py", 2)) == "SECRET_KEY = '***'"


def test_a_secret_named_above_the_snippet_is_masked() -> None:
    text = "SECRET_KEY = (\n  # a\n  # b\n  # c\n  # d\n  'abc!def'\n)\n"
    assert texts(text).snippet(Location("a.py", 7))[2] == (6, '  "***"')


def test_long_lines_are_cut() -> None:
    ((_number, line),) = texts("x, " * 5_000).snippet(Location("a.py", 1))
    assert WIDEST - 2 < len(line) <= WIDEST


def test_a_file_that_cannot_be_used_has_no_lines() -> None:
    unusable = Texts(lambda path: Problem(Location(path), "cannot be read", "Give read permission."))
    assert unusable.snippet(Location("a.py", 1)) == ()


def test_a_file_is_read_once() -> None:
    read: list[str] = []
    cached = Texts(lambda path: read.append(path) or TEXT)  # type: ignore[func-returns-value]
    cached.line(Location("a.py", 1))
    cached.snippet(Location("a.py", 2))
    assert read == ["a.py"]

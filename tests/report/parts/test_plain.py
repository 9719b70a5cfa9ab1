from __future__ import annotations

import pytest

from tenfold.report.parts.plain import clean_line, clean_text, count, make_fence, mend_encoding, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\x00b", "a\\x00b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udc80", "\\udc80"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("Größe – 漢字 🚀", "Größe – 漢字 🚀"),
    ],
)
def test_what_a_terminal_would_obey_is_written_as_its_escape(text: str, expected: str) -> None:
    assert clean_text(text) == expected


def test_a_line_has_no_line_end_and_single_spaces() -> None:
    assert clean_line("  one\n\n two\t three ") == "one two three"


def test_what_is_cut_ends_in_an_ellipsis() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert make_fence("plain") == "```"
    assert make_fence("a ```` b ``` c") == "`````"
    assert make_fence("no tick", least=1) == "`"


def test_half_surrogates_are_replaced_however_deep() -> None:
    mended = mend_encoding({"a\udc80": ["b\ud800", 1, None]})
    assert mended == {"a\ufffd": ["b\ufffd", 1, None]}


def test_only_the_number_one_takes_the_singular() -> None:
    assert (count(1, "file"), count(1_204, "file"), count(0, "entry", "entries")) == (
        "1 file",
        "1,204 files",
        "0 entries",
    )

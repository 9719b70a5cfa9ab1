"""What the server may answer, whole, in parts, and otherwise than expected."""

from __future__ import annotations

import pytest

from django_tenfold.cache.entries import KEEP, Entry
from django_tenfold.cache.version_checks import find_end, prepare_check

ENTRY = Entry(KEEP, b"run", {"a": b"run.1", "b": b"run.12"}, 0.0, None)
WHOLE = b"*3\r\n$5\r\nrun.1\r\n$6\r\nrun.12\r\n$6\r\nrun.77\r\n"


def test_the_question_is_written_once() -> None:
    command = prepare_check(ENTRY).command
    assert command.startswith(b"*4\r\n$4\r\nMGET\r\n")
    assert command.count(b"$") == 4


@pytest.mark.parametrize(
    ("told", "confirmed"),
    [
        (WHOLE, True),
        (WHOLE.replace(b"run.77", b"run.9999"), True),
        (WHOLE.replace(b"run.12", b"run.13"), False),
        (WHOLE.replace(b"run.77", b"new.77"), False),
        (b"*3\r\n$5\r\nrun.1\r\n$-1\r\n$6\r\nrun.77\r\n", False),
        (b"*3\r\n$5\r\nrun.1\r\n$6\r\nrun.12\r\n$-1\r\n", False),
        (b"*3\r\n$5\r\nrun.1\r\n$6\r\nrun.12\r\n_\r\n", False),
        (b"-LOADING the dataset\r\n", False),
    ],
)
def test_only_the_same_versions_of_the_same_run_confirm(told: bytes, confirmed: bool) -> None:
    assert prepare_check(ENTRY).is_confirmed_by(told) is confirmed


def test_an_answer_in_parts_is_waited_for() -> None:
    for length in range(len(WHOLE)):
        assert find_end(WHOLE[:length]) == -1
        confirmed = prepare_check(ENTRY).is_confirmed_by(WHOLE[:length]) and WHOLE[:length].endswith(b"\r\n")
        assert not confirmed, "no part is taken for the whole"
    assert find_end(WHOLE) == len(WHOLE)
    assert find_end(WHOLE + WHOLE, len(WHOLE)) == 2 * len(WHOLE)
    assert find_end(b"*2\r\n$-1\r\n_\r\n") == len(b"*2\r\n$-1\r\n_\r\n")


@pytest.mark.parametrize("told", [b"-ERR no\r\n", b">2\r\n", b"*1\r\n:5\r\n", b"$3\r\nabc\r\n"])
def test_what_is_no_list_of_texts_is_an_error(told: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[-:>$]"):
        find_end(told)

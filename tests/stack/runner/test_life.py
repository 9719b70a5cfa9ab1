from __future__ import annotations

import pytest

from tenfold.stack.runner.life import Life, describe_exit
from tests.stack.runner.example_plan import make_service


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with code 0"), (3, "ended with code 3"), (-9, "was ended by SIGKILL"), (-64, "signal 64")],
)
def test_an_exit_is_told_in_words(code: int, words: str) -> None:
    assert words in describe_exit(code) or (code == -64 and "SIGRTMAX" in describe_exit(code))


def test_a_service_without_deadlines_wants_no_wake_up() -> None:
    assert Life(make_service("mail")).wake is None

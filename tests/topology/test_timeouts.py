from __future__ import annotations

import pytest

from tenfold.topology.timeouts import Step, inversions, parse_seconds, parse_session_options

EDGE, APP, STATEMENT = Step("nginx", 60), Step("gunicorn", 30), Step("statement", 20)


def test_a_ladder_that_falls_from_edge_to_database_has_no_inversion() -> None:
    assert list(inversions([EDGE, APP, STATEMENT])) == []


def test_equal_timeouts_are_an_inversion_because_both_end_at_once() -> None:
    assert list(inversions([EDGE, Step("gunicorn", 60)])) == [(EDGE, Step("gunicorn", 60))]


def test_a_step_that_never_gives_up_outlasts_the_one_above_it() -> None:
    assert list(inversions([EDGE, Step("gunicorn", 0)])) == [(EDGE, Step("gunicorn", 0))]


def test_below_a_step_that_never_gives_up_anything_is_in_order() -> None:
    assert list(inversions([Step("nginx", 0), APP])) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        ("30s", 30.0),
        ("500ms", 0.5),
        ("2min", 120.0),
        ("2m", 120.0),
        ("1h", 3600.0),
        ("soon", None),
    ],
)
def test_times_are_read_with_their_unit(text: str, seconds: float | None) -> None:
    assert parse_seconds(text) == seconds


def test_a_bare_number_takes_the_unit_of_its_setting() -> None:
    assert parse_seconds("30000", bare=0.001) == 30.0


def test_session_options_give_their_limits_in_seconds() -> None:
    text = "-c statement_timeout=30s -c lock_timeout=500 --idle_in_transaction_session_timeout=1min"
    assert parse_session_options(text) == {
        "statement_timeout": 30.0,
        "lock_timeout": 0.5,
        "idle_in_transaction_session_timeout": 60.0,
    }


def test_session_options_that_are_no_limit_are_left_out() -> None:
    assert parse_session_options("-c search_path=shop -c statement_timeout=soon") == {}

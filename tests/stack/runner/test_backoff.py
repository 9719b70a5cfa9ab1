from __future__ import annotations

from tenfold.stack.runner.backoff import LONGEST, MOST, Failures


def noted(*times: float, own: bool = True) -> Failures:
    failures = Failures()
    for at in times:
        failures.note(at, own=own)
    return failures


def test_delays_double_up_to_the_longest() -> None:
    delays = [noted(*range(count)).delay(0.0) for count in range(1, 12)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == LONGEST


def test_chance_spreads_delays_by_a_quarter() -> None:
    assert noted(1.0).delay(0.0) == 0.1
    assert 0.124 < noted(1.0).delay(0.999) < 0.125


def test_an_endless_streak_overflows_nothing() -> None:
    failures = Failures(streak=100_000)
    assert failures.delay(0.5) == LONGEST * 1.125


def test_five_failures_in_a_minute_are_a_loop() -> None:
    assert not noted(*range(MOST - 1)).looping
    assert noted(*range(MOST)).looping


def test_old_failures_do_not_count_towards_a_loop() -> None:
    assert not noted(0, 20, 40, 61, 81).looping


def test_failures_of_others_wait_longer_but_are_no_loop() -> None:
    failures = noted(1, 2, 3, 4, 5, 6, own=False)
    assert not failures.looping
    assert failures.delay(0.0) == 3.2


def test_a_steady_service_is_forgiven() -> None:
    failures = noted(*range(MOST))
    failures.forgive()
    assert not failures.looping
    failures.note(10.0, own=True)
    assert failures.delay(0.0) == 0.1

"""A server that failed is left alone, asked again by one, and reported now and then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from django_tenfold.cache.breaker import BETWEEN_REPORTS, Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("cache:6379", rest=lambda: 5.0, clock=clock)


def test_after_a_failure_nobody_asks_until_the_rest_is_over(breaker: Breaker, clock: Clock) -> None:
    assert breaker.allows()
    breaker.fail(ConnectionError("gone"))
    assert (breaker.allows(), breaker.rests()) == (False, True)
    clock.now += 4.9
    assert not breaker.allows()
    clock.now += 0.1
    assert not breaker.rests()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: breaker.allows(), range(8))) == 1


def test_an_answer_opens_the_way_for_all(breaker: Breaker, clock: Clock) -> None:
    breaker.fail(ConnectionError("gone"))
    clock.now += 5
    assert breaker.allows()
    breaker.succeed()
    assert breaker.allows()
    assert breaker.allows()


def test_a_refused_write_is_reported_and_the_server_is_asked_on(
    breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    breaker.fail(ValueError("out of memory"), rest=False)
    assert breaker.allows()
    assert "out of memory" in caplog.text


def test_failures_are_reported_once_a_minute(
    breaker: Breaker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        breaker.fail(ConnectionError("gone"))
    assert len(caplog.records) == 1
    clock.now += BETWEEN_REPORTS
    breaker.fail(ConnectionError("gone"))
    assert len(caplog.records) == 2

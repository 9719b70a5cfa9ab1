"""What is tried again, and when."""

from __future__ import annotations

import smtplib

import pytest
from django.db import IntegrityError, OperationalError
from django.test import override_settings

from django_tenfold.tasks.retries import Transient, choose_wait, is_transient


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        OperationalError(),
        smtplib.SMTPServerDisconnected(),
        Transient(),
    ],
)
def test_errors_that_pass_are_transient(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error", [ValueError(), IntegrityError(), FileNotFoundError(), smtplib.SMTPException()]
)
def test_errors_that_stay_are_not_transient(error: Exception) -> None:
    assert not is_transient(error)


def test_waits_grow_are_spread_over_their_whole_range_and_end_at_the_longest() -> None:
    with override_settings(TENFOLD_TASKS={"retry_base": 2.0, "retry_longest": 60.0}):
        first, late = [choose_wait(0) for _ in range(300)], [choose_wait(9) for _ in range(300)]
    assert max(first) <= 2 < 10 < max(late) <= 60
    assert min(late) < 30, "without jitter they would all come back together"


def test_an_error_that_knows_when_it_will_have_passed_is_believed() -> None:
    assert choose_wait(0, Transient(after=100.0)) >= 100

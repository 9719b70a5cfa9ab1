"""The lease: one holder, and a token that only grows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_tenfold.tasks.lease import Lease, LostLeaseError
from django_tenfold.tasks.models import SchedulerLease

pytestmark = pytest.mark.usefixtures("sqlite_database")


def make_lease(holder: str) -> Lease:
    return Lease("scheduler", holder, seconds=60)


def let_it_end() -> None:
    SchedulerLease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_first_takes_it_and_the_second_waits() -> None:
    one, other = make_lease("one"), make_lease("other")
    assert (one.acquire(), other.acquire(), one.token) == (True, False, 1)
    one.renew()


def test_a_holder_that_was_silent_for_too_long_is_refused_with_its_old_token() -> None:
    one, other = make_lease("one"), make_lease("other")
    one.acquire()
    let_it_end()
    assert (other.acquire(), other.token) == (True, 2)
    with pytest.raises(LostLeaseError):
        one.renew()
    assert one.token == 0


def test_a_holder_that_was_late_keeps_what_nobody_took() -> None:
    one = make_lease("one")
    one.acquire()
    let_it_end()
    one.renew()
    assert not make_lease("other").acquire()


def test_a_lease_that_is_given_back_is_free_at_once() -> None:
    one, other = make_lease("one"), make_lease("other")
    one.acquire()
    one.release()
    assert (other.acquire(), other.token) == (True, 2)

"""Keys: the effect once, whatever runs twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from django_tenfold.tasks.idempotency import Busy, leased, once, prune_keys
from django_tenfold.tasks.models import OnceKey

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_a_key_is_first_once_and_never_again() -> None:
    firsts = []
    for _ in range(3):
        with once("invoice:1") as first:
            firsts.append(first)
    assert firsts == [True, False, False]


def test_a_body_that_raises_gives_its_key_back() -> None:
    def fail() -> None:
        with once("invoice:1"):
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        fail()
    with once("invoice:1") as first:
        assert first


def test_a_key_longer_than_its_column_is_still_one_key() -> None:
    with once("x" * 1000) as first:
        assert first
    with once("x" * 1000) as first:
        assert not first


def test_a_lease_remembers_what_came_of_the_effect() -> None:
    with leased("charge:1") as claim:
        assert claim.first
        claim.record({"id": 7})
    with leased("charge:1") as claim:
        assert (claim.first, claim.outcome) == (False, {"id": 7})


def test_a_lease_that_another_holds_is_a_transient_error_that_says_when() -> None:
    with leased("charge:1", seconds=30) as claim:
        assert claim.first
        with pytest.raises(Busy) as caught, leased("charge:1"):
            pass
    assert caught.value.after is not None
    assert 0 < caught.value.after <= 30


def test_a_lease_whose_holder_died_is_taken_over_after_its_end() -> None:
    OnceKey.objects.create(key="charge:1", done=False, lease_until=timezone.now() - timedelta(seconds=1))
    with leased("charge:1") as claim:
        assert claim.first
    assert OnceKey.objects.get().done


def test_an_effect_that_failed_can_be_tried_at_once() -> None:
    def fail() -> None:
        with leased("charge:1"):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    with leased("charge:1") as claim:
        assert claim.first


def test_a_lease_inside_a_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), leased("charge:1"):
        pass


def test_old_keys_are_pruned_and_young_ones_stay() -> None:
    OnceKey.objects.create(key="old", created_at=timezone.now() - timedelta(days=15))
    OnceKey.objects.create(key="young")
    assert prune_keys(14) == 1
    assert OnceKey.objects.get().key == "young"

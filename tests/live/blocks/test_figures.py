"""Figures as PostgreSQL computes them, and batches beside other writers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connections, transaction
from django.db.models import Q, Value
from django.test import override_settings

from django_tenfold.db.batches import iterate_batches, update_in_batches
from django_tenfold.db.figures import Percentile, Rank, Seconds, Standing
from tests.django_site.goods.models import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]
NOW = datetime(2026, 1, 31, 23, 59, 58, 750_000, tzinfo=UTC)


def stock(number: int) -> None:
    Thing.objects.bulk_create(Thing(name="cup", count=one) for one in range(number))


def test_percentiles_are_those_of_the_values() -> None:
    stock(101)
    found = Thing.objects.aggregate(
        median=Percentile("count", 0.5),
        p95=Percentile("count", 0.95),
        of_few=Percentile("count", 1, filter=Q(count__lt=11)),
    )
    assert found == {"median": 50.0, "p95": 95.0, "of_few": 10.0}


def test_times_ranks_and_standings_are_made_by_one_statement() -> None:
    stock(5)
    end = NOW + timedelta(days=1, seconds=1.5)
    found = Thing.objects.annotate(
        taken=Seconds(Value(NOW), Value(end)), rank=Rank("-count"), ahead_of=Standing("-count")
    ).order_by("rank")
    assert [(one.taken, one.rank, one.ahead_of) for one in found][:2] == [
        (86_401.5, 1, 1.0),
        (86_401.5, 2, 0.75),
    ]
    assert Thing.objects.aggregate(p=Percentile(Seconds(Value(NOW), Value(end)), 0.9)) == {"p": 86_401.5}


@pytest.fixture
def locked_row() -> Iterator[threading.Event]:
    """Somebody holds the first row until the event is set."""
    stock(4)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Thing.objects.select_for_update().order_by("pk").first()
                held.set()
                free.wait(30)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    yield free
    free.set()
    holder.join()


def _limit_waiting() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("set lock_timeout = '100ms'")


def test_a_batch_waits_its_turn_and_ends_when_the_row_is_free(locked_row: threading.Event) -> None:
    _limit_waiting()
    threading.Timer(0.4, locked_row.set).start()
    with override_settings(TENFOLD_DB={"batch_tries": 8}):
        assert update_in_batches(Thing.objects.all(), count=7, size=2, share=1.0).rows == 4


def test_a_row_that_stays_locked_is_told(locked_row: threading.Event) -> None:
    _limit_waiting()
    with (
        override_settings(TENFOLD_DB={"batch_tries": 2}),
        pytest.raises(OperationalError, match=r"lock timeout"),
    ):
        update_in_batches(Thing.objects.all(), count=7, size=2)


def test_reading_in_batches_leaves_nothing_open_on_the_server() -> None:
    stock(6)
    for _ in iterate_batches(Thing.objects.all(), size=2):
        with connections["default"].cursor() as cursor:
            cursor.execute("select count(*) from pg_cursors")
            assert cursor.fetchone() == (0,)

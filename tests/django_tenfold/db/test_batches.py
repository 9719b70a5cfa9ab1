from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.db import batches
from django_tenfold.db.batches import (
    adelete_in_batches,
    aiterate_batches,
    aupdate_in_batches,
    delete_in_batches,
    iterate_batches,
    update_in_batches,
)
from tests.django_site.goods.models import Shelf, Thing

if TYPE_CHECKING:
    from django_tenfold.db.batches import (
        Progress,
    )

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses that would have been made, in seconds."""
    made: list[float] = []
    monkeypatch.setattr(batches.time, "sleep", made.append)
    return made


def stock(number: int) -> None:
    Thing.objects.bulk_create(Thing(name=f"cup {one}") for one in range(number))


def test_every_row_comes_once_in_the_order_of_keys() -> None:
    stock(10)
    found = [
        [thing.pk for thing in batch] for batch in iterate_batches(Thing.objects.order_by("-name"), size=4)
    ]
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert functools.reduce(operator.iadd, found, []) == sorted(Thing.objects.values_list("pk", flat=True))


def test_reading_goes_on_after_the_last_key() -> None:
    stock(5)
    first = next(iter(iterate_batches(Thing.objects.all(), size=2)))
    rest = [
        thing for batch in iterate_batches(Thing.objects.all(), size=2, after=first[-1].pk) for thing in batch
    ]
    assert len(rest) == 3


def test_an_update_touches_the_rows_of_its_conditions_alone() -> None:
    stock(7)
    Thing.objects.filter(name="cup 3").update(count=9)
    seen: list[Progress] = []
    done = update_in_batches(Thing.objects.filter(count=0), size=2, count=1, progress=seen.append)
    assert (done.rows, done.batches) == (6, 3)
    assert [one.rows for one in seen] == [2, 4, 6]
    assert Thing.objects.filter(count=1).count() == 6
    assert "6 rows in 3 batches" in str(done)


def test_each_batch_is_a_transaction_of_its_own() -> None:
    stock(6)

    def stop(progress: Progress) -> None:
        if progress.batches == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_in_batches(Thing.objects.all(), size=2, count=1, progress=stop)
    assert Thing.objects.filter(count=1).count() == 4


def test_an_interrupted_update_goes_on_from_its_last_key() -> None:
    stock(6)
    seen: list[Progress] = []
    update_in_batches(Thing.objects.all()[:0].model.objects.all(), size=2, count=1, progress=seen.append)
    done = update_in_batches(Thing.objects.all(), size=2, count=2, after=seen[0].last)
    assert done.rows == 4
    assert Thing.objects.filter(count=2).count() == 4


def test_a_delete_takes_dependent_rows_along() -> None:
    shelves = [Shelf.objects.create(name=str(number)) for number in range(3)]
    Thing.objects.bulk_create(Thing(name="cup", shelf=shelf) for shelf in shelves)
    assert delete_in_batches(Shelf.objects.all(), size=2).rows == 6
    assert Thing.objects.count() == 0


def test_the_pause_follows_from_the_share_of_time(pauses: list[float]) -> None:
    stock(4)
    with override_settings(TENFOLD_DB={"batch_rows": 2, "batch_share": 1.0}):
        update_in_batches(Thing.objects.all(), count=1)
    assert pauses == [0, 0]
    update_in_batches(Thing.objects.all(), count=1, size=4, share=0.1)
    assert pauses[-1] > 0


def test_a_batch_finds_its_rows_by_key_and_never_by_offset() -> None:
    stock(9)
    with CaptureQueriesContext(connection) as captured:
        update_in_batches(Thing.objects.all(), size=3, count=1)
    assert not any("OFFSET" in one["sql"] for one in captured)
    assert sum(one["sql"].startswith("SELECT") for one in captured) == 4


def test_batches_inside_a_transaction_are_refused_with_the_way_out() -> None:
    with transaction.atomic(), pytest.raises(transaction.TransactionManagementError, match=r"atomic = False"):
        update_in_batches(Thing.objects.all(), count=1)


def test_what_has_no_range_of_keys_is_refused() -> None:
    with pytest.raises(TypeError, match=r"sliced"):
        next(iter(iterate_batches(Thing.objects.all()[:5])))
    with pytest.raises(TypeError, match=r"union"):
        delete_in_batches(Thing.objects.all().union(Thing.objects.all()))
    with pytest.raises(TypeError, match=r"only\(\.\.\.\)"):
        next(iter(iterate_batches(Thing.objects.values("name"))))
    with pytest.raises(TypeError, match=r"values to set"):
        update_in_batches(Thing.objects.all())


def test_a_batch_that_met_a_lock_is_tried_again(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    stock(2)
    update, met = QuerySet.update, iter([True, True, False])

    def locked_twice(rows: QuerySet[Thing], **values: int) -> int:
        if next(met, False):
            raise OperationalError("database is locked")
        return int(update(rows, **values))

    monkeypatch.setattr(QuerySet, "update", locked_twice)
    assert update_in_batches(Thing.objects.all(), count=1, share=1.0).rows == 2
    assert pauses[:2] == [0.1, 0.2]


def test_a_lock_that_stays_is_told_after_the_last_try(monkeypatch: pytest.MonkeyPatch) -> None:
    stock(1)

    def locked(rows: QuerySet[Thing], **values: int) -> int:
        raise OperationalError("database is locked")

    monkeypatch.setattr(QuerySet, "update", locked)
    with pytest.raises(OperationalError, match=r"locked"):
        update_in_batches(Thing.objects.all(), count=1)


def test_an_error_that_no_patience_mends_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    stock(1)

    def broken(rows: QuerySet[Thing], **values: int) -> int:
        raise OperationalError("no such table")

    monkeypatch.setattr(QuerySet, "update", broken)
    with pytest.raises(OperationalError, match=r"no such table"):
        update_in_batches(Thing.objects.all(), count=1)
    assert pauses == []


def test_coroutines_read_change_and_delete_in_batches() -> None:
    stock(5)

    async def work() -> tuple[int, int, int]:
        read = [len(batch) async for batch in aiterate_batches(Thing.objects.all(), size=2)]
        changed = await aupdate_in_batches(Thing.objects.all(), size=2, count=1)
        deleted = await adelete_in_batches(Thing.objects.all(), size=2)
        return sum(read), changed.rows, deleted.rows

    assert async_to_sync(work)() == (5, 5, 5)


def test_a_reversed_queryset_is_gone_through_once_too() -> None:
    stock(10)
    found = [thing.pk for batch in iterate_batches(Thing.objects.reverse(), size=4) for thing in batch]
    assert found == sorted(Thing.objects.values_list("pk", flat=True))
    seen: list[int] = []
    update_in_batches(
        Thing.objects.order_by("pk").reverse(), size=4, count=1, progress=lambda one: seen.append(one.rows)
    )
    assert seen == [4, 8, 10]


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_a_share_of_the_time_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"above 0, up to 1"):
        update_in_batches(Thing.objects.all(), count=1, share=share)

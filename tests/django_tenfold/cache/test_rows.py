"""Rows by their keys: served without a query, never other than the database has them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from django_tenfold.cache.rows import aget_cached, aget_many_cached, get_cached, get_many_cached
from django_tenfold.cache.values import get_or_compute
from tests.django_site.goods.models import Guarded, GuardedChild, Shelf, Thing
from tests.django_site.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("sqlite_database")


@contextmanager
def no_queries() -> Iterator[None]:
    def refuse(execute: object, sql: str, *_: object) -> None:
        raise AssertionError(sql)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def shelf() -> Shelf:
    return Shelf.objects.create(name="top")


def test_a_row_is_served_without_a_query_as_a_new_instance(shelf: Shelf) -> None:
    first = get_cached(Shelf, shelf.pk)
    first.name = "changed in memory"
    with no_queries():
        again = get_cached(Shelf, str(shelf.pk))
    assert (again.pk, again.name, again._state.db, again._state.adding) == (shelf.pk, "top", "default", False)
    again.name = "saved"
    again.save()
    assert get_cached(Shelf, shelf.pk).name == "saved"


def test_every_kind_of_write_is_seen(shelf: Shelf) -> None:
    thing = Thing.objects.create(shelf=shelf, name="cup", facts={"a": [1]}, picture="pictures/a.png")
    cached = get_cached(Thing, thing.pk)
    assert (cached.facts, cached.picture.name, cached.changed) == (
        {"a": [1]},
        "pictures/a.png",
        thing.changed,
    )
    Thing.objects.filter(name="cup").update(count=1)
    assert get_cached(Thing, thing.pk).count == 1
    thing.count = 2
    Thing.objects.bulk_update([thing], ["count"])
    assert get_cached(Thing, thing.pk).count == 2
    with connection.cursor() as cursor:
        cursor.execute("update goods_thing set count = 3 where name = %s", ["cup"])
        assert get_cached(Thing, thing.pk).count == 3
        cursor.executemany("UPDATE goods_thing SET count = %s", [(4,), (5,)])
    assert get_cached(Thing, thing.pk).count == 5
    Thing.objects.bulk_create(
        [Thing(pk=thing.pk, name="cup", count=6)],
        update_conflicts=True,
        update_fields=["count"],
        unique_fields=["id"],
    )
    assert get_cached(Thing, thing.pk).count == 6
    shelf.delete()
    with pytest.raises(Thing.DoesNotExist, match=str(thing.pk)):
        get_cached(Thing, thing.pk)


def test_one_row_saved_leaves_the_others_in_the_cache(shelf: Shelf) -> None:
    other = Shelf.objects.create(name="low")
    get_many_cached(Shelf, [shelf.pk, other.pk])
    shelf.name = "first"
    shelf.save()
    with no_queries():
        assert get_cached(Shelf, other.pk).name == "low"
    other.delete()
    assert get_cached(Shelf, shelf.pk).name == "first"
    Shelf.objects.create(name="third")
    with no_queries():
        assert get_cached(Shelf, shelf.pk).name == "first"


def test_many_rows_take_one_query_for_those_that_are_missing(shelf: Shelf) -> None:
    others = [Shelf.objects.create(name=str(one)) for one in range(3)]
    get_cached(Shelf, others[0].pk)
    asked = [shelf.pk, *(one.pk for one in others), 999]
    found = get_many_cached(Shelf, asked)
    assert [(pk, one.name) for pk, one in found.items()] == [
        (shelf.pk, "top"),
        *((one.pk, one.name) for one in others),
    ]
    with no_queries():
        assert get_many_cached(Shelf, asked[:-1]) == found
        assert get_many_cached(Shelf, []) == {}


def test_a_child_is_taken_back_by_a_change_of_its_parents_row() -> None:
    child = GuardedChild.objects.create(name="a", extra="b")
    assert get_cached(GuardedChild, child.pk).name == "a"
    Guarded.objects.filter(pk=child.pk).update(name="c")
    assert get_cached(GuardedChild, child.pk).name == "c"


def test_a_row_that_is_not_there_is_found_once_it_is(shelf: Shelf) -> None:
    def name() -> str:
        return getattr(get_many_cached(Shelf, [500]).get(500), "name", "none")

    assert [get_or_compute("of", name) for _ in range(3)] == ["none"] * 3
    for _ in range(2):
        with pytest.raises(Shelf.DoesNotExist):
            get_cached(Shelf, 500)
    Shelf.objects.create(pk=500, name="late")
    assert get_cached(Shelf, 500).name == "late"
    assert get_or_compute("of", name) == "late"


def test_an_open_transaction_sees_its_own_writes_and_a_rollback_takes_them_back(shelf: Shelf) -> None:
    get_cached(Shelf, shelf.pk)
    with transaction.atomic():
        Shelf.objects.update(name="new")
        assert get_cached(Shelf, shelf.pk).name == "new"
        assert get_many_cached(Shelf, [shelf.pk])[shelf.pk].name == "new"
        transaction.set_rollback(True)
    assert get_cached(Shelf, shelf.pk).name == "top"
    assert get_cached(Shelf, shelf.pk).name == "top"


def test_coroutines_get_rows_too(shelf: Shelf) -> None:
    async def ask() -> tuple[str, list[str]]:
        many = await aget_many_cached(Shelf, [shelf.pk])
        return (await aget_cached(Shelf, shelf.pk)).name, [one.name for one in many.values()]

    assert asyncio.run(ask()) == ("top", ["top"])
    Shelf.objects.update(name="low")
    assert asyncio.run(ask()) == ("low", ["low"])


def test_a_model_that_is_not_watched_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'Add "people.Person"'):
        get_cached(Person, 1)

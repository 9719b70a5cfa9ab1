"""Which tags a statement closes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import modify_settings

from django_tenfold.cache.rows import get_cached
from django_tenfold.cache.values import get_or_compute
from django_tenfold.cache.writes import WatchedTables, find_tags
from tests.django_site.goods.models import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

LIST, ROW, ROWS = "goods.shelf", "goods.shelf:5", "goods.shelf:*"


@pytest.mark.parametrize(
    ("sql", "params", "tags"),
    [
        ('INSERT INTO "goods_shelf" ("name") VALUES (%s)', ("a",), [LIST]),
        (
            'INSERT INTO "goods_shelf" ("id") VALUES (%s) ON CONFLICT("id") DO UPDATE SET x',
            (5,),
            [LIST, ROWS],
        ),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."id" = %s', ("a", 5), [LIST, ROW]),
        ("UPDATE `goods_shelf` SET `name` = %s WHERE `goods_shelf`.`id` = %s", ("a", 5), [LIST, ROW]),
        ('UPDATE "goods_shelf" SET "name" = %s', ("a",), [LIST, ROWS]),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."name" = %s', ("a", 5), [LIST, ROWS]),
        ('UPDATE "goods_shelf" SET "name" = %s WHERE "goods_shelf"."id" = %s', None, [LIST, ROWS]),
        ('DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (%s)', (5,), [LIST, ROW]),
        (
            'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (%s, %s)',
            (5, 6),
            [LIST, ROW, "goods.shelf:6"],
        ),
        (
            'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN (SELECT 1 FROM "a" WHERE "b" = %s)',
            (5,),
            [LIST, ROWS],
        ),
        ('UPDATE "people_person" SET "email" = %s WHERE "people_person"."id" = %s', ("goods_shelf", 5), []),
        ("update goods_shelf set name = 'a' where id = 5", (), [LIST, ROWS]),
        ("with a as (DELETE from public.goods_shelf returning *) select 1", (), [LIST, ROWS]),
        ("TRUNCATE people_person, goods_shelf", (), [LIST, ROWS]),
        ("with a as (select 1 from goods_shelf) select 1 from a", (), []),
        ("SELECT pg_advisory_lock(1); update goods_shelf set name = 'a'", (), [LIST, ROWS]),
        ("SET statement_timeout = 0; DELETE FROM goods_shelf", (), [LIST, ROWS]),
        ("SELECT name FROM goods_shelf WHERE note = ';'", (), []),
        ('INSERT INTO "people_person" ("id") VALUES (1); delete from goods_shelf', (), [LIST, ROWS]),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY goods_shelf", (), [LIST, ROWS]),
        ('INSERT INTO "goods_shelf" ("id", "name") VALUES (%s, %s)', (5, "a"), [LIST, ROW]),
        (
            'INSERT INTO "goods_shelf" ("name", "id") VALUES (%s, %s), (%s, %s)',
            ("a", 5, "b", 6),
            [LIST, ROW, "goods.shelf:6"],
        ),
        (
            "INSERT INTO `goods_shelf` (`id`, `name`, `at`) VALUES (%s, %s, NOW()), (%s, %s, NOW()), (%s, %s, NOW())",
            (5, "a", 6, "b", 7, "c"),
            [LIST, ROWS],
        ),
        (
            'INSERT INTO "goods_shelf" ("name", "id") SELECT * FROM UNNEST((%s)::text[], (%s)::int[])',
            (["a", "b"], [5, 6]),
            [LIST, ROW, "goods.shelf:6"],
        ),
        ('INSERT INTO "goods_shelf" ("id") SELECT id FROM old', (), [LIST, ROWS]),
        ("create index on goods_shelf (name)", (), []),
    ],
)
def test_a_statement_names_its_row_or_all_of_its_table(sql: str, params: Any, tags: list[str]) -> None:
    assert find_tags(sql, params) == tags


def test_very_many_rows_are_taken_back_as_a_whole() -> None:
    keys = tuple(range(500))
    sql = f'DELETE FROM "goods_shelf" WHERE "goods_shelf"."id" IN ({", ".join(["%s"] * 500)})'
    assert find_tags(sql, keys) == [LIST, ROWS]


@pytest.mark.usefixtures("sqlite_database")
def test_an_address_names_the_row_that_the_database_finds() -> None:
    shelf = Shelf.objects.create(name="old")

    def read() -> str:
        return str(Shelf.objects.get(pk=f"0{shelf.pk}").name)

    def ask() -> str:
        return get_or_compute("address", read, tags=[Shelf(pk=f"0{shelf.pk}")])

    assert [ask(), ask()] == ["old", "old"]
    Shelf.objects.filter(pk=shelf.pk).update(name="new")
    assert ask() == "new"


@pytest.mark.usefixtures("sqlite_database")
def test_a_row_that_was_looked_for_is_there_once_it_is_made() -> None:
    def ask() -> bool:
        return get_or_compute("there", lambda: Shelf.objects.filter(pk=77).exists(), tags=[Shelf(pk=77)])

    for make in (lambda: Shelf.objects.create(pk=77), lambda: Shelf.objects.bulk_create([Shelf(pk=77)])):
        assert [ask(), ask()] == [False, False]
        make()
        assert ask()
        Shelf.objects.filter(pk=77).delete()


@pytest.mark.usefixtures("sqlite_database")
def test_a_project_that_commits_by_itself_shows_nothing_old_after_it() -> None:
    Shelf.objects.create(name="old")
    assert [_list_names() for _ in range(2)] == [["old"]] * 2
    transaction.set_autocommit(False)
    try:
        for name in ("new", "newer"):
            Shelf.objects.update(name=name)
            assert _list_names() == [name]
            transaction.rollback()
            before = ask_elsewhere()
            Shelf.objects.update(name=name)
            assert [ask_elsewhere() for _ in range(2)] == [before] * 2
            transaction.commit()
            assert ask_elsewhere() == [name]
        with transaction.atomic():
            Shelf.objects.update(name="nested")
        transaction.commit()
        assert ask_elsewhere() == ["nested"]
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def ask_elsewhere() -> Any:
    def ask() -> Any:
        try:
            return _list_names()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def set_conflicting(shelf: Shelf) -> None:
    again = Shelf(pk=shelf.pk, name="new")
    Shelf.objects.bulk_create([again], update_conflicts=True, unique_fields=["id"], update_fields=["name"])


def set_each(shelf: Shelf) -> None:
    shelf.name = "new"
    Shelf.objects.bulk_update([shelf], ["name"])


def set_raw(shelf: Shelf) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("update goods_shelf set name = %s where id = %s", [("new", shelf.pk)])


async def aset(shelf: Shelf) -> None:
    await Shelf.objects.filter(pk=shelf.pk).aupdate(name="new")


def set_within(shelf: Shelf) -> None:
    with transaction.atomic(), transaction.atomic():
        Shelf.objects.filter(name="old").update(name=Concat(Value("n"), Value("ew")))


WAYS: dict[str, Callable[[Shelf], object]] = {
    "save": lambda shelf: Shelf(pk=shelf.pk, name="new").save(),
    "save one field": lambda shelf: Shelf(pk=shelf.pk, name="new").save(update_fields=["name"]),
    "update": lambda shelf: Shelf.objects.update(name="new"),
    "update of a subquery": lambda shelf: Shelf.objects.filter(
        pk__in=Shelf.objects.filter(name="old").values("pk")
    ).update(name="new"),
    "bulk_update": set_each,
    "bulk_create that updates": set_conflicting,
    "update_or_create": lambda shelf: Shelf.objects.update_or_create({"name": "new"}, pk=shelf.pk),
    "executemany": set_raw,
    "aupdate": async_to_sync(aset),
    "nested transactions": set_within,
}
GROWING: dict[str, Callable[[], object]] = {
    "create": lambda: Shelf.objects.create(name="b"),
    "bulk_create": lambda: Shelf.objects.bulk_create([Shelf(name="b")]),
    "bulk_create that ignores": lambda: Shelf.objects.bulk_create([Shelf(name="b")], ignore_conflicts=True),
    "get_or_create": lambda: Shelf.objects.get_or_create(name="b"),
    "delete": lambda: Shelf.objects.all().delete(),
    "delete without a look": lambda: Shelf.objects.all()._raw_delete("default"),
}


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_django_to_change_a_row_takes_it_back(way: str) -> None:
    shelf = Shelf.objects.create(name="old")
    names = [(get_cached(Shelf, shelf.pk).name, _list_names()) for _ in range(2)]
    assert names == [("old", ["old"])] * 2
    WAYS[way](shelf)
    assert (get_cached(Shelf, shelf.pk).name, _list_names()) == ("new", ["new"])


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("way", GROWING)
def test_every_way_of_django_to_add_and_remove_rows_takes_lists_back(way: str) -> None:
    Shelf.objects.create(name="a")
    assert [_list_names() for _ in range(2)] == [["a"]] * 2
    GROWING[way]()
    assert _list_names() == [*Shelf.objects.order_by("pk").values_list("name", flat=True)] != ["a"]


def _list_names() -> Any:
    def find() -> list[str]:
        return [*Shelf.objects.order_by("pk").values_list("name", flat=True)]

    return get_or_compute("shelf names", find, tags=[Shelf])


def test_a_project_that_does_not_install_the_block_is_told_before_it_serves_what_nobody_takes_back() -> None:
    with (
        modify_settings(INSTALLED_APPS={"remove": ["django_tenfold.cache"]}),
        pytest.raises(ImproperlyConfigured, match=r'Add "django_tenfold\.cache" to INSTALLED_APPS'),
    ):
        WatchedTables()()
    assert "goods_shelf" in WatchedTables()()

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.test import override_settings

from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.columns import group_counters
from django_tenfold.db.counters.upkeep import (
    install_counter,
    repair_counter,
    roll_up,
    roll_up_together,
    verify_counter,
)
from django_tenfold.db.operations import InstallCounter
from django_tenfold.db.trigger_checks import check_declarations
from tests.django_site.goods.models import Shelf, Thing

THINGS = Counter("things_of_shelf", "goods.Thing", by="shelf", where=Q(count__gt=0))
STOCK = Counter("stock", "goods.Thing", add="count")
SHOWN = Counter("shown_things", "goods.Thing", by="shelf", column="goods.Shelf.shown_things")
SUM = Counter("shown_stock", "goods.Thing", by="shelf", add="count", column="goods.Shelf.shown_stock")


def test_without_postgres_a_read_counts_the_rows(sqlite_database: None) -> None:
    shelf = Shelf.objects.create(name="top")
    assert STOCK.read() == 0
    Thing.objects.bulk_create(Thing(shelf=shelf, name="cup", count=number) for number in range(4))
    assert (THINGS.read(shelf.pk), STOCK.read()) == (3, 6)
    assert async_to_sync(THINGS.aread)(shelf.pk) == 3
    assert Shelf.objects.annotate(things=THINGS.of("pk")).get().things == 3


def test_without_postgres_there_is_nothing_to_keep(sqlite_database: None) -> None:
    Thing.objects.create(name="cup", count=1)
    assert install_counter(STOCK, using="default") == 0
    assert roll_up(STOCK, using="default") == 0
    assert verify_counter(STOCK, using="default") == repair_counter(STOCK, using="default") == ()
    with pytest.raises(CommandError, match=r"no PostgreSQL"):
        call_command("counters", "verify")


@pytest.mark.parametrize("name", ["", "Things", "1st", "a b", "x" * 41, "a-b", "a'; drop table x; --"])
def test_a_name_that_the_database_would_cut_or_quote_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"cannot name a counter"):
        Counter(name, "goods.Thing")


def test_a_migration_writes_a_counter_as_it_was_declared() -> None:
    operation = InstallCounter("things", "goods.Thing", by="shelf", where=Q(count=1))
    name, arguments, named = operation.deconstruct()
    assert (name, arguments) == ("InstallCounter", [])
    assert InstallCounter(**named).counter == operation.counter
    assert operation.describe() == "Keep the counter things of goods.Thing"
    followed = InstallCounter("things", "goods.Thing", by="shelf", column="goods.Shelf.shown_things")
    assert "column" not in followed.deconstruct()[2], "the roll-ups write it, the triggers know nothing of it"


def test_without_postgres_a_roll_up_counts_the_rows_of_each_column(sqlite_database: None) -> None:
    shelf, empty = Shelf.objects.create(name="top"), Shelf.objects.create(name="low", shown_things=3)
    Thing.objects.bulk_create(Thing(shelf=shelf, name="cup", count=number) for number in (2, 5))
    assert roll_up_together([SHOWN, SUM], using="default") == 2
    assert roll_up_together([SHOWN, SUM], using="default") == 0
    for one in (shelf, empty):
        one.refresh_from_db()
    assert (shelf.shown_things, shelf.shown_stock, empty.shown_things) == (2, 7, 0)


def test_counters_with_columns_of_one_model_are_rolled_up_together() -> None:
    assert [*group_counters([SHOWN, THINGS, SUM, STOCK])] == [(THINGS,), (STOCK,), (SHOWN, SUM)]


def test_a_column_for_a_number_of_the_whole_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"say by which"):
        Counter("all", "goods.Thing", column="goods.Shelf.shown_things")


NOWHERE = Counter("nowhere", "goods.Nothing")
COLOUR = Counter("colour", "goods.Thing", by="colour")
MOMENT = Counter("moment", "goods.Thing", by="changed")
FACTS = Counter("facts", "goods.Thing", add="facts")
ABSENT = Counter("absent", "goods.Thing", by="shelf", column="goods.Shelf.nothing")


def test_a_counter_that_cannot_be_kept_is_an_error_of_the_check() -> None:
    names = [f"{__name__}.{one}" for one in ("NOWHERE", "COLOUR", "MOMENT", "FACTS", "ABSENT")]
    with override_settings(TENFOLD_DB={"counters": names}):
        found = check_declarations(None)
    assert [one.id for one in found] == ["tenfold.E603"] * len(names)
    assert (
        "The counter colour cannot be kept by the database: Thing has no field named 'colour'" in found[1].msg
    )

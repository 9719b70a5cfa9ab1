"""Counters that PostgreSQL keeps, under every kind of write, many writers, roll-ups and repairs."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections, migrations, transaction
from django.db.migrations.state import ProjectState
from django.db.models import F, Q
from django.test import override_settings

from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.columns import find_column_drifts, mend_columns
from django_tenfold.db.counters.upkeep import (
    install_counter,
    remove_counter,
    repair_counter,
    roll_up,
    roll_up_together,
    verify_counter,
)
from django_tenfold.db.models import CounterDelta, CounterValue
from django_tenfold.db.operations import InstallCounter
from tests.django_site.goods.models import GuardedChild, Shelf, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]

THINGS = Counter("things_of_shelf", "goods.Thing", by="shelf")
FULL = Counter("full_things", "goods.Thing", by="shelf", where=Q(count__gt=0) & ~Q(name__contains="100%"))
STOCK = Counter("stock_of_shelf", "goods.Thing", by="shelf", add="count")
ALL = Counter("all_things", "goods.Thing")
SHOWN = Counter("shown_things", "goods.Thing", by="shelf", column="goods.Shelf.shown_things")
SUM = Counter("shown_stock", "goods.Thing", by="shelf", add="count", column="goods.Shelf.shown_stock")
EVERY = (THINGS, FULL, STOCK, ALL, SHOWN, SUM)


@pytest.fixture(autouse=True)
def kept(postgres_database: Servers) -> Iterator[None]:
    for counter in EVERY:
        install_counter(counter, using="default")
    yield
    for counter in EVERY:
        remove_counter(counter, using="default")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf.objects.create(name="top")


def numbers(shelf: Shelf) -> tuple[int, ...]:
    return (*tuple(one.read(shelf.pk) for one in (THINGS, FULL, STOCK)), ALL.read())


def agree() -> bool:
    return not any(verify_counter(one, using="default") for one in EVERY)


def test_every_kind_of_write_is_counted(shelf: Shelf) -> None:
    assert numbers(shelf) == (0, 0, 0, 0)
    Thing.objects.bulk_create(Thing(shelf=shelf, name="cup", count=number) for number in range(5))
    assert numbers(shelf) == (5, 4, 10, 5)
    Thing.objects.update(count=F("count") + 1)
    assert numbers(shelf) == (5, 5, 15, 5)
    Thing.objects.filter(count=5).update(name="100% full")
    assert numbers(shelf) == (5, 4, 15, 5)
    with connection.cursor() as cursor:
        cursor.execute("delete from goods_thing where count = 1")
        with cursor.copy(
            "copy goods_thing (shelf_id, name, count, facts, picture, changed) from stdin"
        ) as copy:
            for number in range(3):
                copy.write_row((shelf.pk, "mug", number, "{}", "", "2026-01-01T00:00:00Z"))
    assert numbers(shelf) == (7, 5, 17, 7)
    shelf.delete()
    assert numbers(shelf) == (0, 0, 0, 0)
    assert agree()


def test_a_row_that_moves_is_counted_where_it_went(shelf: Shelf) -> None:
    other = Shelf.objects.create(name="low")
    thing = Thing.objects.create(shelf=shelf, name="cup", count=2)
    Thing.objects.update(shelf=other)
    assert (numbers(shelf)[:3], numbers(other)[:3]) == ((0, 0, 0), (1, 1, 2))
    thing.refresh_from_db()
    thing.shelf = None
    thing.save()
    assert (numbers(other)[0], ALL.read()) == (0, 1)
    assert agree()


def test_a_statement_of_many_rows_adds_a_few_differences(shelf: Shelf) -> None:
    other = Shelf.objects.create(name="low")
    roll_up(STOCK, using="default")
    for rows in (1, 2, 3, 1_000):
        Thing.objects.bulk_create(
            (Thing(shelf=(shelf, other)[one % 2], name="cup", count=one % 4) for one in range(rows)),
            batch_size=1_000,
        )
        assert agree()
        assert roll_up(STOCK, using="default") <= 4
    Thing.objects.all()._raw_delete("default")
    assert agree()
    assert numbers(shelf) == numbers(other) == (0, 0, 0, 0)


def test_a_truncation_takes_everything_off_the_count(shelf: Shelf) -> None:
    Thing.objects.create(shelf=shelf, name="cup")
    roll_up(THINGS, using="default")
    with connection.cursor() as cursor:
        cursor.execute("truncate goods_thing")
    assert numbers(shelf) == (0, 0, 0, 0)
    assert agree()


def test_a_rollback_takes_its_counts_along(shelf: Shelf) -> None:
    with transaction.atomic():
        Thing.objects.create(shelf=shelf, name="cup")
        assert THINGS.read(shelf.pk) == 1
        transaction.set_rollback(True)
    assert THINGS.read(shelf.pk) == 0


def test_a_list_shows_the_number_of_each_row(shelf: Shelf) -> None:
    empty = Shelf.objects.create(name="low")
    Thing.objects.bulk_create(Thing(shelf=shelf, name="cup", count=3) for _ in range(2))
    roll_up(STOCK, using="default")
    Thing.objects.create(shelf=shelf, name="mug", count=1)
    listed = Shelf.objects.annotate(things=THINGS.of("pk"), stock=STOCK.of("pk")).order_by("pk")
    assert [(one.pk, one.things, one.stock) for one in listed] == [(shelf.pk, 3, 7), (empty.pk, 0, 0)]


def test_a_roll_up_changes_no_number_and_leaves_no_difference(shelf: Shelf) -> None:
    for number in range(4):
        Thing.objects.create(shelf=shelf, name="cup", count=number)
    before = numbers(shelf)
    assert roll_up(THINGS, using="default") == 4
    assert CounterDelta.objects.filter(counter=THINGS.name).count() == 0
    assert CounterValue.objects.get(counter=THINGS.name).value == 4
    assert numbers(shelf) == before


def test_rows_that_were_there_first_are_counted_by_the_installation(shelf: Shelf) -> None:
    Thing.objects.create(shelf=shelf, name="cup")
    late = Counter("late", "goods.Thing", by="shelf")
    try:
        assert install_counter(late, using="default") == 1
        Thing.objects.create(shelf=shelf, name="mug")
        assert late.read(shelf.pk) == 2
        assert install_counter(late, using="default") == 0, "a second installation finds nothing to fill"
    finally:
        remove_counter(late, using="default")


def test_what_went_past_the_triggers_is_found_and_mended(shelf: Shelf) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table goods_thing disable trigger user")
        cursor.execute(
            "insert into goods_thing (shelf_id, name, count, facts, picture, changed)"
            " select %s, 'cup', 1, '{}', '', now() from generate_series(1, 3)",
            [shelf.pk],
        )
        cursor.execute("alter table goods_thing enable trigger user")
    (drift,) = verify_counter(THINGS, using="default")
    assert (drift.key, drift.kept, drift.counted) == (str(shelf.pk), 0, 3)
    for counter in EVERY:
        repair_counter(counter, using="default")
    assert agree()
    assert numbers(shelf) == (3, 3, 3, 3)


def test_counters_stay_exact_under_many_writers_roll_ups_and_repairs(shelf: Shelf) -> None:
    shelves = [shelf, *(Shelf.objects.create(name=str(number)) for number in range(3))]

    def write(seed: int) -> None:
        chosen = random.Random(seed)
        try:
            for _ in range(25):
                act, where = chosen.randrange(5), chosen.choice(shelves)
                with transaction.atomic():
                    if act < 2:
                        Thing.objects.bulk_create(
                            Thing(shelf=where, name="cup", count=act) for _ in range(act + 1)
                        )
                    elif act == 2:
                        some = Thing.objects.filter(shelf=where).values("pk")[:2]
                        locked = Thing.objects.filter(pk__in=some).select_for_update(skip_locked=True)
                        Thing.objects.filter(pk__in=[one.pk for one in locked]).update(
                            shelf=chosen.choice(shelves)
                        )
                    elif act == 3:
                        some = list(
                            Thing.objects.select_for_update(skip_locked=True).values_list("pk", flat=True)[:1]
                        )
                        Thing.objects.filter(pk__in=some).delete()
                    else:
                        Thing.objects.create(shelf=where, name="mug", count=chosen.randrange(9))
                        transaction.set_rollback(chosen.random() < 0.5)
        finally:
            connections.close_all()

    def maintain(_: int) -> None:
        try:
            for _ in range(15):
                for counter in EVERY:
                    roll_up(counter, using="default")
                repair_counter(THINGS, using="default")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for future in [
            *(pool.submit(write, seed) for seed in range(6)),
            *(pool.submit(maintain, n) for n in (1, 2)),
        ]:
            future.result()
    assert agree()
    assert ALL.read() == Thing.objects.count()


def test_a_migration_installs_and_removes_a_counter(shelf: Shelf) -> None:
    state = ProjectState.from_apps(apps)
    operation = InstallCounter("by_migration", "goods.Thing", by="shelf", where=Q(count=1))
    Thing.objects.create(shelf=shelf, name="cup", count=1)
    counter, migration = operation.counter, migrations.Migration("0002", "goods")
    migration.operations, migration.atomic = [operation], False
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("goods", editor, state, state)
        assert counter.read(shelf.pk) == 1
        operation.database_backwards("goods", editor, state, state)
    assert counter.read(shelf.pk) == 0
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_trigger where tgname like 'tenfold_count_by_migration%'")
        assert cursor.fetchone() == (0,)


def test_a_migration_in_one_transaction_is_refused_with_the_way_out() -> None:
    state, operation = ProjectState.from_apps(apps), InstallCounter("by_migration", "goods.Thing")
    with connection.schema_editor() as editor, pytest.raises(RuntimeError, match=r"atomic = False"):
        operation.database_forwards("goods", editor, state, state)


def test_a_condition_on_another_table_is_refused() -> None:
    joined = Counter("joined", "goods.Thing", where=Q(shelf__name="top"))
    with pytest.raises(ValueError, match=r"another table"):
        install_counter(joined, using="default")


def test_rows_of_an_inherited_model_are_counted_by_their_own_table(shelf: Shelf) -> None:
    notes = Counter("notes", "goods.GuardedChild", by="extra")
    install_counter(notes, using="default")
    try:
        child = GuardedChild.objects.create(name="door", extra="oak")
        GuardedChild.objects.create(name="gate", extra="oak")
        assert notes.read("oak") == 2
        child.delete()
        assert notes.read("oak") == 1
        assert not verify_counter(notes, using="default")
    finally:
        remove_counter(notes, using="default")
    with pytest.raises(ValueError, match=r"name is inherited and stands in the table of goods.Guarded"):
        install_counter(Counter("names", "goods.GuardedChild", by="name"), using="default")


def test_the_command_folds_verifies_and_repairs(shelf: Shelf) -> None:
    Thing.objects.create(shelf=shelf, name="cup")
    CounterValue.objects.create(counter=THINGS.name, key=shelf.pk, value=5)
    out = StringIO()
    with override_settings(TENFOLD_DB={"counters": [f"{__name__}.THINGS", f"{__name__}.ALL"]}):
        call_command("counters", "roll-up", stdout=out)
        assert "things_of_shelf: 1 differences folded" in out.getvalue()
        with pytest.raises(CommandError, match=r"1 numbers are wrong"):
            call_command("counters", "verify", stdout=out)
        assert f"{shelf.pk}: 6, and there are 1" in out.getvalue()
        told = StringIO()
        call_command("counters", "repair", "things_of_shelf", "--json", stdout=told)
        assert json.loads(told.getvalue())["drifts"][0]["counted"] == 1
        call_command("counters", "verify", stdout=out)
        with pytest.raises(CommandError, match=r"Known, from"):
            call_command("counters", "verify", "nothing", stdout=out)


def columns(shelf: Shelf) -> tuple[int, int]:
    shelf.refresh_from_db()
    return shelf.shown_things, shelf.shown_stock


def test_columns_follow_their_counters_with_each_roll_up(shelf: Shelf) -> None:
    other = Shelf.objects.create(name="other")
    Thing.objects.bulk_create(Thing(shelf=shelf, name="cup", count=number) for number in (2, 5))
    assert columns(shelf) == (0, 0)
    assert roll_up_together([SHOWN, SUM], using="default") == 4
    assert (columns(shelf), columns(other)) == ((2, 7), (0, 0))
    Thing.objects.filter(count=5).update(shelf=other)
    roll_up_together([SHOWN, SUM], using="default")
    assert (columns(shelf), columns(other)) == ((1, 2), (1, 5))


def test_more_rows_than_are_named_follow_in_one_statement(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    Thing.objects.create(shelf=shelf, name="cup", count=3)
    Shelf.objects.create(name="wrong", shown_things=7, shown_stock=7)
    monkeypatch.setattr("django_tenfold.db.counters.columns.MOST_NAMED", 0)
    roll_up_together([SHOWN, SUM], using="default")
    assert columns(shelf) == (1, 3)
    assert not Shelf.objects.filter(name="wrong", shown_things=7).exists()


def test_a_column_that_was_overwritten_is_found_and_mended(shelf: Shelf) -> None:
    Thing.objects.create(shelf=shelf, name="cup", count=3)
    roll_up_together([SHOWN, SUM], using="default")
    Shelf.objects.update(shown_things=9)
    assert list(find_column_drifts(SHOWN, using="default")) == [(str(shelf.pk), 9, 1)]
    assert [one.column for one in verify_counter(SHOWN, using="default")] == ["goods.Shelf.shown_things"]
    assert mend_columns([SHOWN, SUM], using="default") == 1
    assert columns(shelf) == (1, 3)


def test_the_command_brings_columns_up_to_date_and_repairs_them(shelf: Shelf) -> None:
    Thing.objects.create(shelf=shelf, name="cup", count=3)
    out = StringIO()
    with override_settings(TENFOLD_DB={"counters": [f"{__name__}.SHOWN", f"{__name__}.SUM"]}):
        call_command("counters", "roll-up", stdout=out)
        assert columns(shelf) == (1, 3)
        Shelf.objects.update(shown_stock=8)
        with pytest.raises(CommandError, match=r"1 numbers are wrong"):
            call_command("counters", "verify", stdout=out)
        assert f"goods.Shelf.shown_stock of {shelf.pk}: 8, and there are 3" in out.getvalue()
        call_command("counters", "repair", stdout=out)
        call_command("counters", "verify", stdout=out)
    assert columns(shelf) == (1, 3)


def test_readers_never_see_a_sum_of_another_moment_than_its_count(shelf: Shelf) -> None:
    """Each thing has five: a stock of anything but five times the things was read in between."""
    seen: set[bool] = set()

    def write(_: int) -> None:
        Thing.objects.create(shelf=shelf, name="cup", count=5)
        connections.close_all()

    def follow(_: int) -> None:
        roll_up_together([SHOWN, SUM], using="default")
        seen.update(
            things * 5 == stock
            for things, stock in Shelf.objects.filter(pk=shelf.pk).values_list("shown_things", "shown_stock")
        )
        connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        jobs = [threads.submit(follow if number % 4 == 3 else write, number) for number in range(80)]
        for job in jobs:
            job.result()
    roll_up_together([SHOWN, SUM], using="default")
    assert (seen, columns(shelf)) == ({True}, (60, 300))

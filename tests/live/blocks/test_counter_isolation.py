"""Counters under isolation levels, migrations of what is counted, and ways of writing that few use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.db.migrations.operations import AlterModelTable, RenameField
from django.db.migrations.state import ProjectState
from django.db.models import F
from django.db.utils import NotSupportedError, ProgrammingError
from psycopg import IsolationLevel

from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.upkeep import (
    install_counter,
    remove_counter,
    repair_counter,
    roll_up,
    verify_counter,
)
from django_tenfold.db.derived.fields import AggregatedField
from django_tenfold.db.derived.upkeep import install_field, remove_field
from django_tenfold.db.models import CounterDelta
from django_tenfold.db.operations import InstallCounter
from tenfold.stack.services.postgres.configuration import SUPERUSER
from tests.django_site.databases import databases
from tests.django_site.shop.models import Product, Review
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]
REVIEWS = Counter("reviews_of_product", "shop.Review", by="product")
LEVELS = [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE]


@pytest.fixture(autouse=True)
def product(postgres_database: Servers) -> Iterator[Product]:
    install_counter(REVIEWS, using="default")
    yield Product.objects.create(pk=1, name="cup")
    connections.close_all()
    remove_counter(REVIEWS, using="default")


def at(level: IsolationLevel, servers: Servers) -> Any:
    return databases({"default": servers.database_entry(OPTIONS={"isolation_level": int(level)})})


def add(rows: int = 1) -> None:
    Review.objects.bulk_create(Review(product_id=1, rating=one) for one in range(rows))


def in_thread(work: Callable[[], object]) -> None:
    def act() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result(60)


def wait_for_waiters(number: int) -> None:
    def are_there() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where locktype = 'advisory' and not granted")
            return bool(cursor.fetchone()[0] >= number)

    wait_until(are_there, "repairs wait for each other")


@pytest.mark.parametrize("level", LEVELS)
def test_repairs_at_once_correct_a_number_once_at_every_level(
    level: IsolationLevel, postgres_database: Servers
) -> None:
    CounterDelta.objects.create(counter=REVIEWS.name, key="1", delta=5)

    def repair() -> None:
        try:
            repair_counter(REVIEWS, using="default")
        finally:
            connections.close_all()

    with at(level, postgres_database), ThreadPoolExecutor(3) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 10))", [REVIEWS.name])
            repairs = [pool.submit(repair) for _ in range(3)]
            wait_for_waiters(3)
        for one in repairs:
            one.result(30)
        assert verify_counter(REVIEWS, using="default") == ()
        with (
            transaction.atomic(),
            pytest.raises(transaction.TransactionManagementError, match=r"outside of atomic"),
        ):
            repair_counter(REVIEWS, using="default")


@pytest.mark.parametrize("level", LEVELS)
def test_a_truncation_that_cannot_see_everything_is_refused(
    level: IsolationLevel, postgres_database: Servers
) -> None:
    stars = AggregatedField("shop.Product", "reviews", rows="shop.Review", by="product", take="count")
    with at(level, postgres_database):
        for derived in (None, stars):
            if derived is not None:
                remove_counter(REVIEWS, using="default")
                install_field(derived, using="default")
            with pytest.raises(NotSupportedError, match=r"cannot follow TRUNCATE"):
                truncate_after_another_wrote()
        remove_field(stars, using="default")
        install_counter(REVIEWS, using="default")
        call_command("flush", verbosity=0, interactive=False)
        assert REVIEWS.read(1) == 0


def truncate_after_another_wrote() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*) from shop_maker")
        in_thread(add)
        cursor.execute("truncate shop_review")


@pytest.mark.parametrize("level", [IsolationLevel.READ_COMMITTED, *LEVELS])
def test_numbers_stay_exact_where_writers_and_roll_ups_meet_at_every_level(
    level: IsolationLevel, postgres_database: Servers
) -> None:
    """And nothing is told to be wrong meanwhile."""
    ended = Event()

    def write(seed: int) -> None:
        try:
            for turn in range(12):
                with suppress(OperationalError), transaction.atomic():  # those that SERIALIZABLE ends
                    add(turn % 4)
                    with suppress(ZeroDivisionError), transaction.atomic():
                        Review.objects.filter(rating=turn % 4, pk__gt=seed * 3).update(rating=F("rating") + 1)
                        add(2)
                        raise ZeroDivisionError
                    Review.objects.filter(rating=seed % 4).delete()
        finally:
            connections.close_all()

    def maintain(_: int) -> None:
        try:
            while not ended.is_set():
                roll_up(REVIEWS, using="default")
                assert verify_counter(REVIEWS, using="default") == ()
        finally:
            connections.close_all()

    with at(level, postgres_database), ThreadPoolExecutor(6) as pool:
        upkeep = [pool.submit(maintain, number) for number in range(2)]
        try:
            for one in [pool.submit(write, seed) for seed in range(4)]:
                one.result(120)
        finally:
            ended.set()
        for one in upkeep:
            one.result(60)
        assert verify_counter(REVIEWS, using="default") == ()
        assert REVIEWS.read(1) == Review.objects.count() > 0


def test_a_roll_up_that_is_ended_half_way_folds_nothing() -> None:
    add(3)
    before = CounterDelta.objects.count()
    with transaction.atomic():
        assert roll_up(REVIEWS, using="default") == before
        transaction.set_rollback(True)
    assert (REVIEWS.read(1), roll_up(REVIEWS, using="default")) == (3, before)


def test_merges_upserts_and_cascades_of_the_database_are_counted() -> None:
    add(2)
    columns = "product_id, rating, text, published, spare"
    with connection.cursor() as cursor:
        cursor.execute(f"""
            merge into shop_review r using (values (0, 1), (7, 1)) v (rating, product) on r.rating = v.rating
            when matched then delete when not matched then
            insert ({columns}) values (v.product, v.rating, '', true, 0)""")
        assert REVIEWS.read(1) == 2
        cursor.execute(f"""
            insert into shop_review (id, {columns}) select id, 1, 9, '', true, 0 from shop_review
            union all select 10000, 1, 9, '', true, 0
            on conflict (id) do update set product_id = null""")
        assert REVIEWS.read(1) == 1
        cursor.execute("create table box (id int primary key)")
        cursor.execute("insert into box values (1)")
        cursor.execute(
            "alter table shop_review add box_id int default 1 references box (id) on delete cascade"
        )
        try:
            cursor.execute("delete from box")
        finally:
            cursor.execute("alter table shop_review drop box_id")
            cursor.execute("drop table box")
    assert (Review.objects.count(), REVIEWS.read(1)) == (0, 0)
    assert verify_counter(REVIEWS, using="default") == ()


def test_a_migration_counts_by_the_names_of_its_own_time() -> None:
    """A later one renames field and table: a new database still goes through both."""
    now = ProjectState.from_apps(apps)
    then = now.clone()
    RenameField("review", "product", "goods").state_forwards("shop", then)
    AlterModelTable("review", "shop_opinion").state_forwards("shop", then)
    rename, back = (
        [f"alter table {one[0]} rename to {one[1]}", f"alter table {one[1]} rename {one[2]} to {one[3]}"]
        for one in (
            ("shop_review", "shop_opinion", "product_id", "goods_id"),
            ("shop_opinion", "shop_review", "goods_id", "product_id"),
        )
    )
    operation = InstallCounter("opinions", "shop.Review", by="goods")
    add(2)
    remove_counter(REVIEWS, using="default")
    with connection.cursor() as cursor:
        for one in rename:
            cursor.execute(one)
        try:
            with connection.schema_editor(atomic=False) as editor:
                operation.database_forwards("shop", editor, then, then)
                cursor.execute("select counter, delta from tenfold_db_counterdelta")
                assert cursor.fetchall() == [("opinions", 2)]
                operation.database_backwards("shop", editor, then, then)
                cursor.execute("select counter, delta from tenfold_db_counterdelta")
                assert cursor.fetchall() == []
        finally:
            for one in back:
                cursor.execute(one)


def test_a_role_that_may_add_differences_is_counted_under_row_level_security(
    postgres_database: Servers,
) -> None:
    """And one that may not is refused, with nothing written."""
    superuser = postgres_database.database_entry(USER=SUPERUSER)
    with databases({"default": superuser}), connection.cursor() as cursor:
        cursor.execute("create role loader")
        cursor.execute("grant insert, select, delete, truncate on shop_review to loader")
        cursor.execute("grant usage on all sequences in schema public to loader")
        cursor.execute("alter table shop_review enable row level security")
        cursor.execute("create policy low on shop_review to loader using (rating < 2) with check (true)")
        try:
            with pytest.raises(ProgrammingError, match=r"tenfold_db_counterdelta"):
                write_as_loader(cursor, "delete from shop_review")
            cursor.execute("grant insert on tenfold_db_counterdelta to loader")
            write_as_loader(cursor, "delete from shop_review")
            assert (REVIEWS.read(1), Review.objects.count()) == (3, 3)
            with pytest.raises(ProgrammingError, match=r"tenfold_db_counterdelta"):
                write_as_loader(cursor, "truncate shop_review")
            cursor.execute(
                "grant select, delete on tenfold_db_counterdelta, tenfold_db_countervalue to loader"
            )
            write_as_loader(cursor, "truncate shop_review")
            assert REVIEWS.read(1) == 0
            assert verify_counter(REVIEWS, using="default") == ()
        finally:
            cursor.execute("drop policy low on shop_review")
            cursor.execute("alter table shop_review disable row level security")
            cursor.execute("drop owned by loader")
            cursor.execute("drop role loader")


def write_as_loader(cursor: Any, last: str) -> None:
    with transaction.atomic():
        cursor.execute("set local role loader")
        cursor.execute(
            "insert into shop_review (product_id, rating, text, published, spare)"
            " select 1, one, '', true, 0 from generate_series(0, 4) one"
        )
        cursor.execute("set constraints all immediate")
        cursor.execute(last)

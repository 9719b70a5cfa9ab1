"""Counters and derived fields through crashes, bulk deletes, truncation and restores: exact, or told to be wrong."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.db.models import Q

from django_tenfold.db.batches import delete_in_batches
from django_tenfold.db.counters import Counter
from django_tenfold.db.counters.upkeep import (
    install_counter,
    remove_counter,
    repair_counter,
    roll_up,
    verify_counter,
)
from django_tenfold.db.derived.fields import AggregatedField, CopiedField
from django_tenfold.db.derived.upkeep import install_field, remove_field, repair_field, verify_field
from tenfold.stack.services.postgres.configuration import SUPERUSER
from tests.django_site.databases import databases
from tests.django_site.shop.models import Product, Review
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]

REVIEWS = Counter("reviews_of_product", "shop.Review", by="product", where=Q(published=True))
STARS = Counter("stars_of_product", "shop.Review", by="product", add="rating")
COUNTERS = (REVIEWS, STARS)
NAME = CopiedField("shop.Review", "product_name", source="product__name")
SUM = AggregatedField("shop.Product", "stars", rows="shop.Review", by="product", take="sum", of="rating")
FIELDS = (NAME, SUM)
COPY = "restored"
PRODUCTS = 4
WRITERS = 4


@pytest.fixture(autouse=True)
def products(postgres_database: Servers) -> Iterator[None]:
    for counter in COUNTERS:
        install_counter(counter, using="default")
    for derived in FIELDS:
        install_field(derived, using="default")
    Product.objects.bulk_create(Product(pk=one + 1, name=f"product {one}") for one in range(PRODUCTS))
    yield
    for counter in COUNTERS:
        remove_counter(counter, using="default")
    for derived in FIELDS:
        remove_field(derived, using="default")


def fill(rows: int) -> None:
    Review.objects.bulk_create(
        Review(product_id=one % PRODUCTS + 1, rating=one % 6, published=one % 3 > 0) for one in range(rows)
    )


def find_wrong() -> dict[str, int]:
    """How many numbers and rows of each are wrong; nothing for what is right."""
    found = {one.name: len(verify_counter(one, using="default")) for one in COUNTERS}
    found |= {str(one): verify_field(one, using="default").wrong for one in FIELDS}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_a_server_that_is_killed_under_load_comes_back_with_exact_numbers(postgres_database: Servers) -> None:
    told, ended = [0] * WRITERS, Event()

    def write(number: int) -> None:
        """Until the server is gone; `told` are commits that it said to have made."""
        with suppress(DatabaseError, InterfaceError):
            while not ended.is_set():
                with transaction.atomic():
                    Review.objects.bulk_create(Review(product_id=number + 1, rating=one) for one in range(3))
                    Review.objects.filter(product_id=number + 1, rating=2).delete()
                told[number] += 2
                if told[number] % 20 == 0:
                    roll_up(REVIEWS, using="default")
        connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        try:
            wait_until(lambda: sum(told) > 400, "everybody writes")
            postgres_database.kill("postgres")
        finally:
            ended.set()
        for writer in writers:
            writer.result(60)
    connections.close_all()
    postgres_database.start("postgres")
    assert find_wrong() == {}
    kept = [REVIEWS.read(number + 1) for number in range(WRITERS)]
    assert all(told[one] <= kept[one] <= told[one] + 2 for one in range(WRITERS)), "what was told is there"
    assert sum(kept) == Review.objects.count()


def test_bulk_deletes_by_any_way_are_counted() -> None:
    fill(6_000)
    roll_up(REVIEWS, using="default")
    Review.objects.filter(pk__in=Review.objects.values("pk")[:500]).delete()
    delete_in_batches(Review.objects.filter(rating=1), share=1)
    Review.objects.filter(rating=2)._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute("delete from shop_review where rating = 3")
        cursor.execute(
            "with gone as (delete from shop_review where rating = 4 returning 1) select count(*) from gone"
        )
    assert 0 < Review.objects.count() < 3_000
    assert find_wrong() == {}
    Product.objects.filter(pk=1).delete()
    assert REVIEWS.read(1) == STARS.read(1) == 0
    assert find_wrong() == {}


def test_truncations_are_counted_and_rolled_back_with_their_transaction() -> None:
    fill(100)
    roll_up(STARS, using="default")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("truncate shop_review")
        assert STARS.read(1) == 0
        transaction.set_rollback(True)
    assert STARS.read(1) > 0
    assert find_wrong() == {}
    with connection.cursor() as cursor:
        cursor.execute("truncate shop_product restart identity cascade")
    assert STARS.read(1) == REVIEWS.read(1) == 0
    assert find_wrong() == {}


def run(servers: Servers, program: str, *words: str, user: str = SUPERUSER) -> str:
    site = servers.driver.site
    folder = Path(site.binaries["postgres"].folder)
    environment = {**os.environ, "PGPASSWORD": site.secrets["database"], "PGUSER": user}
    reached = ("-h", "127.0.0.1", "-p", str(site.ports["postgres"]))
    done = subprocess.run(
        [str(folder / program), *reached, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dump(servers: Servers, folder: Path, *words: str) -> str:
    file = str(folder / "dump")
    run(servers, "pg_dump", "-Fc", "-f", file, *words, servers.database_entry()["NAME"])
    return file


@contextmanager
def restored(servers: Servers, file: str, *words: str) -> Iterator[None]:
    """Within, the default database is a new one with what the dump holds."""
    entry = servers.database_entry()
    owner = {**entry, "NAME": "postgres", "USER": SUPERUSER}
    with databases({"default": owner}), connection.cursor() as cursor:
        cursor.execute(f"create database {COPY} owner {entry['USER']}")
    try:
        run(servers, "pg_restore", "-d", COPY, *words, file)
        with databases({"default": {**entry, "NAME": COPY}}):
            yield
    finally:
        with databases({"default": owner}), connection.cursor() as cursor:
            cursor.execute(f"drop database {COPY} with (force)")


def test_a_whole_restore_is_exact_and_goes_on_counting(postgres_database: Servers, tmp_path: Path) -> None:
    fill(300)
    roll_up(REVIEWS, using="default")
    fill(200)
    with restored(postgres_database, dump(postgres_database, tmp_path)):
        assert find_wrong() == {}
        assert STARS.read(1) > 0
        Review.objects.create(product_id=1, rating=5)
        Product.objects.filter(pk=2).update(name="renamed")
        assert find_wrong() == {}


@pytest.mark.parametrize("way", ["triggers fire", "--disable-triggers", "replica role"])
def test_restored_rows_of_a_table_are_counted_or_told(
    way: str, postgres_database: Servers, tmp_path: Path
) -> None:
    fill(300)
    file = dump(postgres_database, tmp_path, "--data-only", "-t", "shop_review")
    name = postgres_database.database_entry()["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("truncate shop_review")
    if way == "replica role":
        sql = run(postgres_database, "pg_restore", "--data-only", "-f", "-", file, user=SUPERUSER)
        script = tmp_path / "restore.sql"
        script.write_text(f"set session_replication_role = replica;\n{sql}")
        run(postgres_database, "psql", "-v", "ON_ERROR_STOP=1", "-q", "-d", name, "-f", str(script))
    else:
        words = [way] if way.startswith("--") else []
        run(postgres_database, "pg_restore", "--data-only", *words, "-d", name, file)
    assert Review.objects.count() == 300
    if way == "triggers fire":
        assert find_wrong() == {}
        return
    wrong = find_wrong()
    assert wrong == {
        "reviews_of_product": PRODUCTS,
        "stars_of_product": PRODUCTS,
        "shop.Product.stars": PRODUCTS,
    }
    mend()


def mend() -> None:
    for counter in COUNTERS:
        repair_counter(counter, using="default")
    for derived in FIELDS:
        repair_field(derived, using="default")
    assert find_wrong() == {}


def test_restored_rows_and_numbers_that_are_counted_twice_are_told(
    postgres_database: Servers, tmp_path: Path
) -> None:
    """A dump of the data alone holds the counters' tables too, and the triggers count its rows again."""
    fill(300)
    tables = [f"-t{name}" for name in ("shop_review", "tenfold_db_counterdelta", "tenfold_db_countervalue")]
    file = dump(postgres_database, tmp_path, "--data-only", *tables)
    with connection.cursor() as cursor:
        cursor.execute("truncate shop_review")
    run(
        postgres_database, "pg_restore", "--data-only", "-d", postgres_database.database_entry()["NAME"], file
    )
    assert find_wrong() == {"reviews_of_product": PRODUCTS, "stars_of_product": PRODUCTS}
    mend()

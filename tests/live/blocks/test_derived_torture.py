"""Many processes that write at once: derived fields are right afterwards, and each race has its order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import override_settings
from psycopg import IsolationLevel

from django_tenfold.db.derived.upkeep import install_field, remove_field, repair_field, verify_field
from tests.django_site.shop.models import Maker, Product, Review
from tests.live.blocks.derived_processes import MAKERS, PRODUCTS
from tests.live.blocks.test_derived_fields import BEST, EVERY, PRODUCT_NAME, add, agree, kept
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]
ROOT = Path(__file__).parents[3]
PROCESSES = 6
TURNS = {"plain": 150, "wild": 60}
__all__ = ["kept"]


@pytest.fixture(autouse=True)
def products(kept: None) -> None:
    Maker.objects.bulk_create(Maker(pk=one + 1, name=str(one)) for one in range(MAKERS))
    Product.objects.bulk_create(Product(pk=one + 1, name=str(one), maker_id=1) for one in range(PRODUCTS))


def start(kind: str, seed: int, entry: dict[str, object]) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DATABASE": json.dumps(entry),
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    words = [sys.executable, "-m", "tests.live.blocks.derived_processes", kind, str(seed), str(TURNS[kind])]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def run_all(kind: str, entry: dict[str, object], *, repair: bool = False) -> list[int]:
    """The deadlocks of each process; nothing is wrong at any moment."""
    writers = [start(kind, seed, entry) for seed in range(PROCESSES)]
    while any(one.poll() is None for one in writers):
        for derived in EVERY:
            # One statement sees one moment.
            assert verify_field(derived, using="default").wrong == 0
            if repair:
                with override_settings(TENFOLD_DB={"batch_tries": 50}):
                    repair_field(derived, using="default")
    told = [one.communicate(timeout=60) for one in writers]
    assert [one.returncode for one in writers] == [0] * PROCESSES, told
    assert Review.objects.count() > PROCESSES
    return [json.loads(out)["deadlocks"] for out, _ in told]


@pytest.mark.slow
def test_derived_fields_stay_right_under_many_processes_and_repairs(postgres_database: Servers) -> None:
    run_all("wild", postgres_database.database_entry(), repair=True)
    assert agree()


@pytest.mark.slow
def test_derived_fields_stay_right_where_every_writer_is_serializable(postgres_database: Servers) -> None:
    options = {"isolation_level": int(IsolationLevel.SERIALIZABLE)}
    run_all("wild", postgres_database.database_entry(OPTIONS=options))
    assert agree()


@pytest.mark.slow
def test_what_sites_do_all_day_never_deadlocks(postgres_database: Servers) -> None:
    assert run_all("plain", postgres_database.database_entry()) == [0] * PROCESSES
    assert agree()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def hold(change: Callable[[], object], changed: Event, ready: Event) -> None:
    """A transaction that stays open from its change until it may end."""
    try:
        with transaction.atomic():
            change()
            changed.set()
            assert ready.wait(30)
    finally:
        connections.close_all()


def apart(change: Callable[[], object]) -> None:
    try:
        change()
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("first", ["rename", "insert"])
def test_a_rename_and_an_insertion_at_once_end_with_the_new_name(
    first: str, pool: ThreadPoolExecutor
) -> None:
    changes = {
        "rename": lambda: Product.objects.filter(pk=1).update(name="new"),
        "insert": lambda: add(Product(pk=1), 3),
    }
    changed, ready = Event(), Event()
    holder = pool.submit(hold, changes.pop(first), changed, ready)
    assert changed.wait(30)
    ((_, second),) = changes.items()
    waiter = pool.submit(apart, second)
    wait_until(somebody_waits, "the second waits for the first")
    ready.set()
    holder.result(30)
    waiter.result(30)
    assert Review.objects.get().product_name == "new"
    assert agree()


def test_a_rename_waits_for_an_open_load_no_longer_than_it_is_told(pool: ThreadPoolExecutor) -> None:
    for derived in EVERY:
        remove_field(derived, using="default")
    install_field(PRODUCT_NAME, using="default")
    changed, ready = Event(), Event()
    loader = pool.submit(hold, lambda: add(Product(pk=1), 3), changed, ready)
    assert changed.wait(30)

    def rename() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '100ms'")
            Product.objects.filter(pk=1).update(name="new")

    try:
        with pytest.raises(OperationalError, match=r"lock timeout"):
            rename()
    finally:
        ready.set()
        loader.result(30)
    rename()
    assert Review.objects.get().product_name == "new"


@pytest.mark.parametrize("first", ["delete", "insert"])
def test_the_best_row_goes_while_another_comes_and_that_is_the_best(
    first: str, pool: ThreadPoolExecutor
) -> None:
    for derived in EVERY:
        remove_field(derived, using="default")
    install_field(BEST, using="default")
    add(Product(pk=1), 8, 3)
    changes = {
        "delete": lambda: Review.objects.filter(rating=8).delete(),
        "insert": lambda: add(Product(pk=1), 5),
    }
    changed, ready = Event(), Event()
    holder = pool.submit(hold, changes.pop(first), changed, ready)
    assert changed.wait(30)
    ((_, second),) = changes.items()
    waiter = pool.submit(apart, second)
    wait_until(somebody_waits, "the second waits for the first")
    ready.set()
    holder.result(30)
    waiter.result(30)
    assert Product.objects.get(pk=1).best == 5
    assert verify_field(BEST, using="default").wrong == 0


def test_two_transactions_that_add_a_row_and_then_write_its_parent_do_not_deadlock(
    pool: ThreadPoolExecutor,
) -> None:
    """Copies alone: an aggregate makes the second wait for the first from the beginning."""
    for derived in EVERY:
        remove_field(derived, using="default")
    install_field(PRODUCT_NAME, using="default")
    both = [Event(), Event()]

    def add_and_write(number: int) -> None:
        try:
            with transaction.atomic():
                add(Product(pk=1), number)
                both[number].set()
                assert both[1 - number].wait(30)
                Product.objects.filter(pk=1).update(maker_id=number + 1)
        finally:
            connections.close_all()

    for one in [pool.submit(add_and_write, number) for number in range(2)]:
        one.result(30)
    assert Review.objects.count() == 2
    assert verify_field(PRODUCT_NAME, using="default").wrong == 0

"""Computed values: once for all who ask, never older than a change of what they show."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from django_tenfold.cache import flights
from django_tenfold.cache.purging import purge, purge_everything
from django_tenfold.cache.tags import add_tags
from django_tenfold.cache.values import aget_or_compute, forget, get_or_compute
from tests.django_site.goods.models import Shelf
from tests.django_tenfold.cache.conftest import WATCHED

pytestmark = pytest.mark.usefixtures("sqlite_database")


class Counted:
    """A computation that gives the number of its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        return self.calls


def test_a_value_is_computed_once_until_its_tag_is_purged() -> None:
    make = Counted()
    assert [get_or_compute("a", make, tags=["prices"]) for _ in range(3)] == [1, 1, 1]
    purge("other")
    assert get_or_compute("a", make, tags=["prices"]) == 1
    purge("prices")
    assert get_or_compute("a", make, tags=["prices"]) == 2
    purge_everything()
    assert get_or_compute("a", make, tags=["prices"]) == 3
    forget("a")
    assert get_or_compute("a", make, tags=["prices"]) == 4


def test_none_is_a_value_too() -> None:
    calls: list[int] = []
    assert [get_or_compute("none", lambda: calls.append(1)) for _ in range(2)] == [None, None]
    assert len(calls) == 1


def test_one_of_many_who_miss_computes_and_the_others_get_its_value() -> None:
    calls: list[int] = []

    def make() -> str:
        calls.append(1)
        time.sleep(0.2)
        return "made"

    with ThreadPoolExecutor(12) as pool:
        told = [*pool.map(lambda _: get_or_compute("herd", make), range(12))]
    assert told == ["made"] * 12
    assert len(calls) == 1


def test_who_waited_long_enough_computes_too() -> None:
    started, go_on = threading.Event(), threading.Event()

    def hang() -> str:
        started.set()
        go_on.wait(20)
        return "late"

    with override_settings(TENFOLD_CACHE={**WATCHED, "wait_seconds": 0.05}), ThreadPoolExecutor(1) as pool:
        late = pool.submit(get_or_compute, "hung", hang)
        assert started.wait(20)
        assert get_or_compute("hung", lambda: "own") == "own"
        go_on.set()
        assert late.result() == "late"


def test_an_aged_value_is_served_while_one_makes_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()
    assert get_or_compute("aged", lambda: "old", seconds=0.01, stale=60) == "old"
    real = time.time
    monkeypatch.setattr(flights.time, "time", lambda: real() + 1)

    def remake() -> str:
        started.set()
        go_on.wait(20)
        return "new"

    with ThreadPoolExecutor(1) as pool:
        maker = pool.submit(get_or_compute, "aged", remake, seconds=30, stale=60)
        assert started.wait(20)
        assert get_or_compute("aged", remake, seconds=30, stale=60) == "old"
        go_on.set()
        assert maker.result() == "new"
    assert get_or_compute("aged", remake, seconds=30, stale=60) == "new"


def test_a_value_that_a_change_took_back_is_not_served_as_stale() -> None:
    make = Counted()
    get_or_compute("b", make, tags=["x"], seconds=60, stale=600)
    purge("x")
    assert get_or_compute("b", make, tags=["x"], seconds=60, stale=600) == 2


def test_a_change_during_the_computation_is_not_overtaken() -> None:
    make = Counted()

    def overtaken() -> int:
        value = make()
        purge("x")
        return value

    assert get_or_compute("race", overtaken, tags=["x"]) == 1
    assert get_or_compute("race", make, tags=["x"]) == 2
    assert get_or_compute("race", make, tags=["x"]) == 2


def test_tags_found_on_the_way_take_the_value_back_as_well() -> None:
    make = Counted()

    def tagged() -> int:
        add_tags("late", "later")
        return make()

    assert [get_or_compute("found", tagged) for _ in range(4)] == [1, 2, 2, 2]
    flights._further.clear()  # another process
    assert [get_or_compute("found", tagged) for _ in range(2)] == [2, 2]
    purge("later")
    assert get_or_compute("found", tagged) == 3

    def overtaken() -> int:
        add_tags("late")
        purge("late")
        return make()

    forget("found")
    assert [get_or_compute("found", overtaken) for _ in range(2)] == [4, 5]


def test_what_shows_a_cached_value_is_taken_back_with_it() -> None:
    inner, outer = Counted(), Counted()

    def make() -> tuple[int, int]:
        return get_or_compute("inner", inner, tags=["deep"]), outer()

    for _ in range(3):
        told = get_or_compute("outer", make)
    assert told[0] == 1
    assert outer.calls < 3
    purge("deep")
    assert get_or_compute("outer", make)[0] == 2


def test_an_error_is_the_callers_and_lets_the_next_one_compute() -> None:
    def fail() -> int:
        raise LookupError("no such price")

    for _ in range(2):
        with pytest.raises(LookupError, match="no such price"):
            get_or_compute("failing", fail)
    assert get_or_compute("failing", lambda: 1) == 1


def test_lifetimes_are_shortened_at_random_by_the_share_of_the_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flights.random, "random", lambda: 1.0)
    with override_settings(TENFOLD_CACHE={**WATCHED, "jitter": 0.5}):
        get_or_compute("short", lambda: 1, seconds=100)
        seen = flights.entries.unpack(cache.get("tenfold.short"))
    assert seen is not None
    assert 40 < seen.soft - time.time() <= 50


def test_an_entry_that_cannot_be_read_is_computed_anew() -> None:
    make = Counted()
    get_or_compute("c", make)
    cache.set("tenfold.c", b"not a pickle")
    assert get_or_compute("c", make) == 2


def test_a_transaction_that_wrote_reads_the_database_and_keeps_nothing() -> None:
    shelf = Shelf.objects.create(name="old")

    def name() -> Any:
        return Shelf.objects.get(pk=shelf.pk).name

    assert get_or_compute("name", name, tags=[Shelf]) == "old"
    with transaction.atomic():
        Shelf.objects.update(name="new")
        assert get_or_compute("name", name, tags=[Shelf]) == "new"
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(get_or_compute, "name", lambda: "another thread", tags=[Shelf]).result()
        transaction.set_rollback(True)
    assert get_or_compute("name", name, tags=[Shelf]) == "old"


def test_coroutines_compute_once_too() -> None:
    calls: list[int] = []

    async def make() -> str:
        calls.append(1)
        await asyncio.sleep(0.1)
        return "made"

    async def ask() -> list[str]:
        return await asyncio.gather(*(aget_or_compute("async", make, tags=["x"]) for _ in range(5)))

    assert asyncio.run(ask()) == ["made"] * 5
    assert len(calls) == 1
    purge("x")
    assert asyncio.run(ask()) == ["made"] * 5
    assert len(calls) == 2

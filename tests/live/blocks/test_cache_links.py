"""The connections that versions are asked along: closed by the server, paused, answered late."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.test import override_settings

from django_tenfold.cache.entries import KEEP, Entry
from django_tenfold.cache.tags.store import (
    CLOCK,
    ENSURE,
    READ,
    RedisStore,
    StoreGoneError,
    get_store,
    name_key,
)
from django_tenfold.cache.version_checks import prepare_check
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from django_tenfold.cache.version_checks import VersionCheck
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live
OPTIONS = {"rest_seconds": 0.1, "timeout_seconds": 0.1}


@pytest.fixture(autouse=True)
def store(valkey_cache: Servers) -> Iterator[RedisStore]:
    entry = {
        "BACKEND": "django_tenfold.cache.backends.FailOpenRedisCache",
        "LOCATION": valkey_cache.cache_url,
    }
    with override_settings(TENFOLD_CACHE=OPTIONS, CACHES={"default": entry}):
        made = get_store()
        assert isinstance(made, RedisStore)
        wait_until(lambda: caches["default"].set("y", 1) or caches["default"].get("y") == 1, "it answers")
        yield made


def check_of(store: RedisStore, *tags: str) -> VersionCheck:
    clock, *versions = store.ask(ENSURE, tuple(map(name_key, (CLOCK, *tags))), "random", 60_000)
    incarnation = clock.rpartition(b".")[0]
    return prepare_check(Entry(KEEP, incarnation, dict(zip(tags, versions, strict=True)), 0.0, None))


def run(store: RedisStore, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def ask_and_close() -> None:
        try:
            await ask()
        finally:
            await store.aclose()

    asyncio.run(ask_and_close())


def admin() -> Any:
    return caches["default"]._cache.get_client(write=True)


def test_a_connection_that_the_server_closed_is_opened_again(store: RedisStore) -> None:
    check = check_of(store, "a", "b")
    assert store.confirm(check)
    admin().client_kill_filter(_type="normal", skipme=True)
    assert store.confirm(check)
    store.ask("release", (name_key("a"),), "x", 0)
    assert not store.confirm(check)


def test_a_thread_that_ends_closes_its_connection(store: RedisStore) -> None:
    opened = []

    def ask() -> None:
        store.ask(READ, ("nothing",))
        opened.append(store._hold())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert opened[0]._sock is None


def test_many_tags_come_in_several_pieces(store: RedisStore) -> None:
    tags = [f"tag-{one}" for one in range(500)]
    check = check_of(store, *tags)
    assert store.confirm(check)
    store.ask("release", (name_key("tag-499"),), "x", 0)
    assert not store.confirm(check)
    assert store.ask(READ, (name_key("tag-499"),)) == [None], "the connection is in step still"


def test_a_late_answer_is_not_taken_for_another(store: RedisStore) -> None:
    check, gone = check_of(store, "a"), check_of(store, "b")
    assert store.confirm(check)
    store.ask("release", (name_key("b"),), "x", 0)
    admin().client_pause(400)
    with pytest.raises(StoreGoneError):
        store.confirm(check)
    wait_until(lambda: not store.breaker.rests() and _answers(store), "the pause is over")
    assert not store.confirm(gone)
    assert store.confirm(check)


def _answers(store: RedisStore) -> bool:
    try:
        store.ask(READ, ("x",))
    except StoreGoneError:
        return False
    return True


def test_coroutines_share_a_connection_and_get_their_own_answers(store: RedisStore) -> None:
    right, wrong = check_of(store, "a"), check_of(store, "b")
    store.ask("release", (name_key("b"),), "x", 0)

    async def ask() -> None:
        before = {one["id"] for one in admin().client_list()}
        told = await asyncio.gather(*(store.aconfirm(one) for one in [right, wrong] * 50))
        assert told == [True, False] * 50
        assert len({one["id"] for one in admin().client_list()} - before) == 1
        tasks = [asyncio.ensure_future(store.aconfirm(right)) for _ in range(10)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        assert not await store.aconfirm(wrong), "who went away took nobody's answer along"
        assert await asyncio.gather(*tasks[1::2]) == [True] * 5
        admin().client_kill_filter(_type="normal", skipme=True)
        assert await store.aconfirm(right)

    run(store, ask)


def test_coroutines_do_not_wait_for_a_server_that_hangs(store: RedisStore) -> None:
    check = check_of(store, "a")

    async def ask() -> None:
        assert await store.aconfirm(check)
        admin().client_pause(400)
        told = await asyncio.gather(*(store.aconfirm(check) for _ in range(5)), return_exceptions=True)
        assert {type(one) for one in told} == {StoreGoneError}
        async with asyncio.timeout(20):
            while True:
                try:
                    assert await store.aconfirm(check)
                except StoreGoneError:
                    await asyncio.sleep(0.02)
                else:
                    break

    run(store, ask)

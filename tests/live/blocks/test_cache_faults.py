"""The cache server dies, hangs, comes back, comes back with the past: the site answers, and answers the truth."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import redis
from django.core.asgi import get_asgi_application
from django.core.cache import caches
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from django_tenfold.cache.breaker import get_breaker
from django_tenfold.cache.front import answer_cached_pages
from django_tenfold.cache.pages import cache_view
from django_tenfold.cache.purging import debt, purge
from django_tenfold.cache.rows import get_cached
from django_tenfold.cache.tags.store import CLAIM, CLOCK, READ, RedisStore, get_store, name_key
from django_tenfold.cache.values import aget_or_compute, get_or_compute
from tests.django_site.goods.models import Shelf
from tests.django_tenfold.cache.front_site import ask_asgi, ask_wsgi
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

    from tests.django_site.servers import Servers

OPTIONS = {"models": ["goods.Shelf"], "rest_seconds": 0.1}
BACKEND = "django_tenfold.cache.backends.FailOpenRedisCache"
pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


@cache_view(60, tags=[Shelf])
def names(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(Shelf.objects.order_by("pk").values_list("name", flat=True)))


urlpatterns = [path("names/", names)]


@pytest.fixture(autouse=True)
def site(valkey_cache: Servers) -> Iterator[Servers]:
    entry = {"BACKEND": BACKEND, "LOCATION": valkey_cache.cache_url}
    first = "django_tenfold.cache.middleware.PageCacheMiddleware"
    with override_settings(
        CACHES={"default": entry}, TENFOLD_CACHE=OPTIONS, ROOT_URLCONF=__name__, MIDDLEWARE=[first]
    ):
        yield valkey_cache
        wait_until(debt.pay, "what is owed to the server is paid")
        wait_until(
            lambda: caches["default"].set("x", 1) or caches["default"].get("x") == 1, "the cache works"
        )


Ask: TypeAlias = "Callable[[], tuple[int, bytes]]"


def ask_django() -> Ask:
    client = Client(raise_request_exception=False)

    def ask() -> tuple[int, bytes]:
        answer = client.get("/names/")
        return answer.status_code, answer.content

    return ask


def ask_before_django() -> Ask:
    application = answer_cached_pages(get_wsgi_application())

    def ask() -> tuple[int, bytes]:
        told = ask_wsgi(application, "/names/")
        return told.status, told.body

    return ask


def ask_before_async_django() -> Ask:
    """Each reader has an event loop and its own connections."""
    application, runner = answer_cached_pages(get_asgi_application()), asyncio.Runner()

    async def close() -> None:
        store = get_store()
        assert isinstance(store, RedisStore)
        await store.aclose()

    def ask() -> tuple[int, bytes]:
        told = runner.run(ask_asgi(application, "/names/"))
        return told.status, told.body

    ask.close = lambda: (runner.run(close()), runner.close())  # type: ignore[attr-defined]
    return ask


@pytest.mark.parametrize("open_site", [ask_django, ask_before_django, ask_before_async_django])
def test_the_server_killed_and_restarted_under_load_costs_no_error(
    site: Servers, open_site: Callable[[], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Under ASGI each request has a connection of its own, which has to end with it.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    Shelf.objects.create(name="0")
    over = threading.Event()
    told: list[tuple[int, bool]] = []
    floor = [0]

    def read() -> None:
        ask = open_site()
        try:
            while not over.is_set():
                least = floor[0]
                status, body = ask()
                told.append((status, status == 200 and int(body) >= least))
        finally:
            getattr(ask, "close", connection.close)()

    def write() -> None:
        while not over.is_set():
            Shelf.objects.update(name=str(floor[0] + 1))
            floor[0] += 1
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(one) for one in (read, read, read, write)]
        try:
            for _ in range(2):
                seen = len(told)
                wait_until(lambda seen=seen: len(told) > seen + 50, "readers go on")
                site.kill("cache")
                seen = len(told)
                wait_until(lambda seen=seen: len(told) > seen + 50, "readers go on without the server")
                site.start("cache")
                wait_until(lambda: get_store().ask(READ, ("x",)) == [None] if up() else False, "it answers")
        finally:
            over.set()
        [one.result() for one in done]
    assert {status for status, _ in told} == {200}
    assert all(fresh for _, fresh in told)


def up() -> bool:
    return caches["default"].set("y", 1) or caches["default"].get("y") == 1


def test_a_dead_server_is_asked_once_a_rest_and_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    entry = {"BACKEND": BACKEND, "LOCATION": f"redis://{address}/0"}
    with override_settings(CACHES={"default": entry}, TENFOLD_CACHE={**OPTIONS, "rest_seconds": 600}):
        cache = caches["default"]
        cache.set("a", 1)
        assert cache.get("a", "default") == "default"
        assert [cache.add("a", 1), cache.touch("a"), cache.delete("a"), cache.has_key("a")] == [False] * 4
        assert (cache.get_many(["a"]), cache.set_many({"a": 1}), cache.delete_many(["a"])) == (
            {},
            ["a"],
            None,
        )
        with pytest.raises(ValueError, match="does not answer"):
            cache.incr("a")
        assert cache.get_or_set("a", lambda: 2) == 2
        assert [get_or_compute("x", lambda: 3, tags=[Shelf]) for _ in range(2)] == [3, 3]

        async def ask() -> list[Any]:
            async def make() -> int:
                return 4

            return [await cache.aget("a", 5), await aget_or_compute("x", make)]

        assert asyncio.run(ask()) == [5, 4]
        assert not get_breaker(f"{address}/0").allows()
    assert [one.name for one in caplog.records] == ["django_tenfold.cache"]
    assert "goes on without it" in caplog.text


@contextmanager
def silent_server() -> Iterator[tuple[int, list[socket.socket]]]:
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield server.getsockname()[1], taken
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in taken:
                one.close()


def test_a_server_that_hangs_holds_one_question_and_not_the_next() -> None:
    with silent_server() as (port, taken):
        entry = {"BACKEND": BACKEND, "LOCATION": f"redis://127.0.0.1:{port}/0"}
        with override_settings(CACHES={"default": entry}, TENFOLD_CACHE={**OPTIONS, "rest_seconds": 600}):
            assert [caches["default"].get("a") for _ in range(20)] == [None] * 20
            assert [get_or_compute("x", lambda: 3) for _ in range(20)] == [3] * 20
        assert len(taken) == 1


def test_a_purge_that_the_server_missed_is_made_up_for(site: Servers) -> None:
    shelf = Shelf.objects.create(name="old")
    assert [get_cached(Shelf, shelf.pk).name for _ in range(2)] == ["old", "old"]
    with override_settings(TENFOLD_CACHE={**OPTIONS, "rest_seconds": 0.2}):
        breaker = get_store().breaker
        breaker.fail(ConnectionError("the network of this process alone"))
        Shelf.objects.update(name="new")
        assert not debt.is_paid()
        wait_until(debt.is_paid, "the process pays")
        assert get_cached(Shelf, shelf.pk).name == "new"


def test_a_server_that_comes_back_with_a_snapshot_of_the_past_is_not_believed(site: Servers) -> None:
    shelf = Shelf.objects.create(name="old")
    assert [get_cached(Shelf, shelf.pk).name for _ in range(2)] == ["old", "old"]
    client = caches["default"]._cache.get_client(write=True)
    past = {key: client.dump(key) for key in client.keys(b"*")}
    assert any(b"tenfold.row" in key for key in past)
    Shelf.objects.update(name="new")
    site.kill("cache")
    site.start("cache")
    for key, value in past.items():  # as loading its snapshot would
        wait_until(lambda key=key, value=value: restore(client, key, value), "the server is up")
    assert get_cached(Shelf, shelf.pk).name == "new"


def restore(client: Any, key: bytes, value: bytes) -> bool:
    try:
        return bool(client.restore(key, 0, value, replace=True))
    except redis.ConnectionError:
        return False


def test_a_server_that_lost_everything_starts_anew(site: Servers) -> None:
    assert get_or_compute("x", lambda: 1, tags=["a"]) == 1
    before = get_store().ask(READ, (name_key(CLOCK),))
    caches["default"].clear()
    assert get_or_compute("x", lambda: 2, tags=["a"]) == 2
    assert get_or_compute("x", lambda: 3, tags=["a"]) == 2
    assert get_store().ask(READ, (name_key(CLOCK),))[0].partition(b".")[0] != before[0].partition(b".")[0]
    purge("a")
    assert get_or_compute("x", lambda: 4, tags=["a"]) == 4


def test_a_server_that_refuses_to_write_is_not_an_error(site: Servers) -> None:
    """As with a full disk, or without the replicas that it is told to have."""
    client = caches["default"]._cache.get_client(write=True)
    caches["default"].set("a", "text")
    shelf = Shelf.objects.create(name="old")
    try:
        client.config_set("min-replicas-to-write", "1")
        assert [get_or_compute("refused", lambda: 1, tags=[Shelf]) for _ in range(2)] == [1, 1]
        assert get_cached(Shelf, shelf.pk).name == "old"
        assert [caches["default"].set("b", 1), caches["default"].add("b", 1)] == [None, False]
        Shelf.objects.update(name="new")
        assert not debt.is_paid()
    finally:
        client.config_set("min-replicas-to-write", "0")
    wait_until(debt.is_paid, "the process pays")
    assert get_cached(Shelf, shelf.pk).name == "new"
    with pytest.raises(redis.ResponseError):
        caches["default"].incr("a")


@pytest.mark.parametrize("open_site", [ask_before_django, ask_before_async_django])
def test_a_new_connection_to_a_server_that_refuses_to_write_is_not_an_error(
    site: Servers, open_site: Callable[[], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    client = caches["default"]._cache.get_client(write=True)
    Shelf.objects.create(name="top")
    ask = open_site()
    assert [ask() for _ in range(3)] == [(200, b"top")] * 3
    try:
        client.delete(name_key(CLOCK))  # another run of the server begins with such a write
        client.config_set("min-replicas-to-write", "1")
        client.client_kill_filter(_type="normal", skipme=True)
        assert [ask() for _ in range(2)] == [(200, b"top")] * 2
    finally:
        client.config_set("min-replicas-to-write", "0")
        getattr(ask, "close", connection.close)()


def test_a_request_that_is_cancelled_when_it_got_the_lock_gives_it_back() -> None:
    async def ask() -> int:
        store = get_store()
        assert isinstance(store, RedisStore)
        asked, claimed = store.aask, asyncio.Event()

        async def ask_and_hang(name: str, keys: Any, *args: Any) -> Any:
            answer = await asked(name, keys, *args)
            if name == CLAIM:
                claimed.set()
                await asyncio.Event().wait()
            return answer

        async def make() -> int:
            return 1

        store.aask = ask_and_hang  # type: ignore[method-assign]
        try:
            task = asyncio.create_task(aget_or_compute("cancelled", make))
            await claimed.wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        finally:
            store.aask = asked  # type: ignore[method-assign]
        free = await store.aask(CLAIM, (name_key("tenfold.cancelled.lock"),), "mine", 1000)
        await store.aclose()
        return bool(free)

    assert asyncio.run(ask())


def test_a_server_without_room_is_not_an_error(site: Servers) -> None:
    client = caches["default"]._cache.get_client(write=True)
    limits = {name: client.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
    shelf = Shelf.objects.create(name="old")
    assert [get_cached(Shelf, shelf.pk).name for _ in range(2)] == ["old", "old"]
    try:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        assert caches["default"].set("a", 1) is None
        Shelf.objects.update(name="new")
        assert get_cached(Shelf, shelf.pk).name == "new"
    finally:
        for name, value in limits.items():
            client.config_set(name, value)

"""Sessions: the cache is believed only where the log agrees, and transactions and requests do not mix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_tenfold.accounts import shared_sessions
from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.models import Session
from django_tenfold.accounts.sessions import SessionStore
from tests.django_site.databases import databases
from tests.live.blocks.account_memory import (
    NAME,
    ann,
    begin_following,
    client_of,
    forget_in_process,
    key_of,
    site,
    warm,
)
from tests.live.blocks.accounts_site.wsgi import make_cache
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

__all__ = ["ann", "site"]

pytestmark = pytest.mark.live


def test_a_cache_that_comes_back_with_old_content_revives_no_session(ann: Any, site: Servers) -> None:
    client, thief = client_of(ann), Client()
    thief.cookies["sessionid"] = key_of(client)
    warm(client)
    forget_in_process()
    thief.get("/who/")
    with redis.Redis.from_url(site.cache_url) as server:
        snapshot = {key: server.dump(key) for key in server.keys("*")}
        assert any(key_of(thief).encode() in key for key in snapshot)
        client.post("/leave/")
        for key, value in snapshot.items():
            server.restore(key, 0, value, replace=True)
    forget_in_process()
    assert thief.get("/who/").content == b""


def test_a_cache_that_comes_back_with_old_content_shows_no_old_data(ann: Any, site: Servers) -> None:
    client = client_of(ann)
    begin_following()
    client.post("/keep/", {"kept": "old"})
    with redis.Redis.from_url(site.cache_url) as server:
        snapshot = {key: server.dump(key) for key in server.keys("*")}
        client.post("/keep/", {"kept": "new"})
        for key, value in snapshot.items():
            server.restore(key, 0, value, replace=True)
    forget_in_process()
    client.cookies.pop("tenfold_fresh")
    assert client.get("/keep/").content == b"new"


@pytest.mark.parametrize("value", ["", "tampered", b"\x80\x05bad", ["a", "list"], 7], ids=repr)
def test_what_somebody_else_wrote_into_the_cache_is_not_believed(ann: Any, value: object) -> None:
    client = client_of(ann)
    begin_following()
    position = follow(Session).position
    assert position is not None
    cache.set(shared_sessions.name_entry(key_of(client), position), value)
    client.cookies.pop("tenfold_fresh", None)
    assert client.get("/who/").content == NAME


def test_an_entry_of_another_session_is_not_believed(ann: Any, site: Servers) -> None:
    client, visitor = client_of(ann), Client()
    warm(client)
    forget_in_process()
    client.get("/who/")
    position = follow(Session).position
    assert position is not None
    stolen = cache.get(shared_sessions.name_entry(key_of(client), position))
    forged = "a" * 32
    cache.set(shared_sessions.name_entry(forged, position), stolen)
    visitor.cookies["sessionid"] = forged
    assert stolen is not None
    assert visitor.get("/who/").content == b""


def test_a_cache_that_is_gone_is_asked_once_and_then_rests(ann: Any) -> None:
    client = client_of(ann)
    begin_following()
    with override_settings(
        CACHES={"default": make_cache("redis://127.0.0.1:1/0")},
        TENFOLD_ACCOUNTS={"cache_rest_seconds": 600.0},
    ):
        begin_following()
        before = shared_sessions.breaker.failing.failures
        for _ in range(5):
            assert client.get("/who/").content == NAME
            client.post("/keep/", {"kept": "1"})
        assert shared_sessions.breaker.failing.failures == before + 1


# Transactions


def test_what_is_not_committed_is_seen_by_the_session_alone(ann: Any) -> None:
    client = client_of(ann)
    begin_following()
    key = key_of(client)
    with transaction.atomic():
        session = SessionStore(key, 0)
        session["kept"] = "uncommitted"
        session.save()
        assert SessionStore(key, 0)["kept"] == "uncommitted"
        transaction.set_rollback(True)
    assert "kept" not in SessionStore(key, 0)
    forget_in_process()
    assert "kept" not in SessionStore(key, 0)


def test_a_request_in_a_transaction_of_its_own_is_remembered_too(ann: Any, site: Servers) -> None:
    client = client_of(ann)
    with databases({"default": site.database_entry(ATOMIC_REQUESTS=True)}):
        stop_following()

        def asks_for_nothing_of_ours() -> bool:
            with CaptureQueriesContext(connection) as caught:
                client.get("/who/")
            return not [one for one in caught if "tenfold" in one["sql"] or "person" in one["sql"]]

        wait_until(asks_for_nothing_of_ours, "only BEGIN and COMMIT", 20)


# Concurrent requests of one session


def test_two_requests_that_change_different_keys_lose_neither(ann: Any) -> None:
    key = key_of(client_of(ann))
    first, second = SessionStore(key), SessionStore(key)
    first["a"], second["b"] = 1, 2
    first.save()
    second.save()
    found = SessionStore(key)
    assert (found["a"], found["b"], first.session_key) == (1, 2, key)


def test_of_two_requests_that_change_one_key_the_last_wins(ann: Any) -> None:
    key = key_of(client_of(ann))
    first, second = SessionStore(key), SessionStore(key)
    first["a"], second["a"] = 1, 2
    first.save()
    second.save()
    assert SessionStore(key)["a"] == 2


def test_a_session_that_was_ended_meanwhile_is_not_written_again(ann: Any) -> None:
    key = key_of(client_of(ann))
    first, second = SessionStore(key), SessionStore(key)
    first["a"] = 1
    second.flush()
    with pytest.raises(UpdateError):
        first.save()
    assert not Session.objects.filter(pk=key).exists()


def test_extending_a_session_is_written_only_now_and_then(ann: Any) -> None:
    client = client_of(ann)
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        warm(client)
        response = client.get("/who/")
        assert "sessionid" in response.cookies
        Session.objects.update(expire_date=timezone.now() + timezone.timedelta(days=1))
        forget_in_process()
        client.get("/who/")
        extended = Session.objects.get().expire_date
    assert extended > timezone.now() + timezone.timedelta(days=13)

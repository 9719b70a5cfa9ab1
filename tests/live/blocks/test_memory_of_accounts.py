"""Sessions and users from memory on a real PostgreSQL and a real Valkey, in one process."""

from __future__ import annotations

import asyncio
import os
import time
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_tenfold.accounts import change_log, shared_sessions
from django_tenfold.accounts import follower as followers
from django_tenfold.accounts.change_log import NOTHING_SEEN, find_floor, prune, read_changes
from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.models import Change, Session
from django_tenfold.accounts.sessions import SessionStore
from django_tenfold.accounts.triggers import find_missing, install_after_migrate, list_watched
from django_tenfold.accounts.user_sessions import end_sessions, list_sessions
from tests.django_site.databases import databases
from tests.django_site.settings import SITE
from tests.live.blocks.accounts_site.wsgi import SESSIONS, make_cache
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

NAME = b"ann@example.org"
MAY = "/may/auth.view_group/"


class ReadsFromTheReplica:
    """A router whose replica has none of the rows yet."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **_: Any) -> str:
        return "default"


@pytest.fixture
def site(postgres_database: Servers, valkey_cache: Servers) -> Iterator[Servers]:
    with override_settings(**SESSIONS, CACHES={"default": make_cache(valkey_cache.cache_url)}):
        stop_following()
        yield postgres_database
        stop_following()
        shared_sessions.breaker.reset()


@pytest.fixture
def ann(site: Servers) -> Any:
    return get_user_model().objects.create_user(NAME.decode(), "pw")


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def begin_following() -> None:
    """Until the follower is current."""
    wait_until(follow(Session).is_current, "the follower is current", 20)


def forget_in_process() -> None:
    """As a process that has just started."""
    stop_following()
    begin_following()


def warm(client: Client, path: str = "/who/") -> None:
    """Until two requests in a row cost no query."""
    wait_until(
        lambda: all(count_queries(lambda: client.get(path)) == 0 for _ in range(2)),
        "requests cost no query",
        20,
    )


def count_queries(do: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as caught:
        do()
    return len(caught)


# Zero queries


def test_an_authenticated_request_costs_no_query(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    assert client.get("/who/").content == NAME


def test_permissions_cost_no_query_once_they_were_asked_for(ann: Any) -> None:
    ann.user_permissions.add(Permission.objects.get(codename="view_group"))
    client = client_of(ann)
    warm(client, MAY)
    assert client.get(MAY).content == b"True"


def test_an_async_view_costs_no_query_either(ann: Any) -> None:
    client = client_of(ann)
    warm(client)

    async def ask() -> bytes:
        browser = AsyncClient()
        browser.cookies["sessionid"] = key_of(client)
        return (await browser.get("/who-async/")).content

    with CaptureQueriesContext(connection) as caught:
        assert asyncio.run(ask()) == NAME
    assert len(caught) == 0


def test_permissions_in_an_async_view_are_remembered_as_well(ann: Any) -> None:
    ann.user_permissions.add(Permission.objects.get(codename="view_group"))
    client = client_of(ann)
    warm(client, "/may-async/auth.view_group/")
    assert client.get("/may-async/auth.view_group/").content == b"True"
    assert client.get("/may-async/auth.add_group/").content == b"False"


def test_all_sessions_of_a_user_but_ones_own_are_ended(ann: Any) -> None:
    mine, other = client_of(ann), client_of(ann)
    assert list_sessions(ann).count() == 2
    assert end_sessions(ann, but=key_of(mine)) == 1
    assert [one.pk for one in list_sessions(ann)] == [key_of(mine)]
    wait_until(lambda: other.get("/who/").content == b"", "the other is signed out", 20)
    assert mine.get("/who/").content == NAME


def test_sessions_of_the_engine_before_are_adopted_once(ann: Any) -> None:
    with override_settings(
        SESSION_ENGINE="django.contrib.sessions.backends.db", MIDDLEWARE=SITE["MIDDLEWARE"]
    ):
        client = client_of(ann)
    said = StringIO()
    call_command("adopt_sessions", stdout=said)
    call_command("adopt_sessions", stdout=said)
    assert said.getvalue().split() == "1 sessions adopted. 0 sessions adopted.".split()
    assert (client.get("/who/").content, list_sessions(ann).count()) == (NAME, 1)


def test_a_new_process_reads_sessions_from_the_shared_cache(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    forget_in_process()
    client.cookies.pop("tenfold_fresh", None)
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/who/").content == NAME
    assert [one["sql"] for one in caught if "session" in one["sql"]] == []


def test_a_memory_that_is_not_wanted_asks_the_database_each_time(ann: Any) -> None:
    client = client_of(ann)
    with override_settings(TENFOLD_ACCOUNTS={"memory": "never"}):
        assert [count_queries(lambda: client.get("/who/")) for _ in range(3)] == [2, 2, 2]


# Users of one's own


def test_each_request_has_a_user_that_nobody_else_changes(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    first, second = (client.get("/who/").wsgi_request.user for _ in range(2))
    first.email = "changed@example.org"
    assert (second.email, second._state.db, second._state.adding) == (NAME.decode(), "default", False)


def test_a_remembered_user_can_be_saved_as_one_that_was_read(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    user = client.get("/who/").wsgi_request.user
    user.first_name = "Ann"
    user.save()
    ann.refresh_from_db()
    assert ann.first_name == "Ann"


def test_a_session_of_an_old_secret_is_renewed_and_one_of_another_is_ended(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["only for the tests"]):
        assert client.get("/who/").content == NAME
    with override_settings(SECRET_KEY="another"):
        assert client.get("/who/").content == b""


# The primary


def test_a_replica_that_lags_logs_nobody_out(ann: Any, site: Servers, tmp_path: Any) -> None:
    client = client_of(ann)
    replica = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "replica")}
    with (
        databases({"default": site.database_entry(), "replica": replica}),
        override_settings(DATABASE_ROUTERS=[ReadsFromTheReplica()]),
    ):
        call_command("migrate", database="replica", verbosity=0, run_syncdb=True)
        cache.clear()
        assert client.get("/who/").content == NAME
        client.post("/keep/", {"kept": "1"})
        cache.clear()
        stop_following()
        assert client.get("/keep/").content == b"1"


# The cache


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


# The change log


def test_an_extended_session_is_no_change_that_others_hear_of(ann: Any) -> None:
    client_of(ann)
    Change.objects.all().delete()
    Session.objects.update(expire_date=timezone.now() + timezone.timedelta(days=30))
    assert not Change.objects.exists()


def test_an_update_of_many_users_is_one_line_of_the_log(site: Servers) -> None:
    people = get_user_model()
    people.objects.bulk_create(people(email=f"{number}@example.org") for number in range(1_500))
    Change.objects.all().delete()
    people.objects.update(first_name="x")
    assert [(one.kind, one.key) for one in Change.objects.all()] == [("user", "")]


def test_a_log_that_is_longer_than_can_be_followed_makes_a_process_begin_anew(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ann)
    warm(client)
    monkeypatch.setattr(change_log, "MOST_READ", 5)
    monkeypatch.setattr(followers, "MOST_READ", 5)
    failing = follow(Session)._failing
    people = get_user_model()
    people.objects.bulk_create(people(email=f"{number}@example.org") for number in range(10))
    people.objects.update(first_name="x", is_active=False)
    wait_until(lambda: failing.failures, "it begins anew", 20)
    wait_until(lambda: client.get("/who/").content == b"", "what it could not follow is known", 20)


def test_many_changed_sessions_raise_the_floor_and_lose_no_change(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(ann)
    warm(client)
    monkeypatch.setattr(followers, "MOST_READ", 3)
    for _ in range(5):
        client_of(ann).post("/keep/", {"kept": "1"})
    follower = follow(Session)
    wait_until(lambda: follower.position and follower.position.floor > 0, "the floor is raised", 20)
    assert follower.position is not None
    assert len(follower.position.changed) <= 3
    assert client.get("/who/").content == NAME


def test_where_a_trigger_is_missing_nothing_is_remembered_and_migrate_mends_it(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER tenfold_accounts_log_update ON people_person")
        assert find_missing(cursor, list_watched("default")) == [
            "people_person (tenfold_accounts_log_update)"
        ]
    stop_following()
    assert [count_queries(lambda: client.get("/who/")) for _ in range(3)] == [2, 2, 2]
    install_after_migrate(using="default")
    stop_following()
    warm(client)


def test_what_is_pruned_raises_the_floor_of_who_comes_later(ann: Any) -> None:
    client_of(ann)
    with connection.cursor() as cursor:
        get_user_model().objects.update(first_name="x")
        now = read_changes(cursor, NOTHING_SEEN)
        prune(cursor, now.snapshot.xmax)
        later = read_changes(cursor, NOTHING_SEEN)
    assert (find_floor(later), len(later.entries)) == (now.snapshot.xmax, 1)


def test_clearsessions_deletes_what_is_over_and_logs_nothing(ann: Any) -> None:
    client_of(ann)
    kept = key_of(client_of(ann))
    Session.objects.exclude(pk=kept).update(expire_date=timezone.now() - timezone.timedelta(seconds=1))
    Change.objects.all().delete()
    call_command("clearsessions")
    assert [one.pk for one in Session.objects.all()] == [kept]
    assert not Change.objects.exists()


def test_removing_the_block_removes_its_triggers_first(ann: Any) -> None:
    call_command("migrate", "tenfold_accounts", "zero", verbosity=0)
    try:
        get_user_model().objects.update(first_name="x")
    finally:
        call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        assert find_missing(cursor, list_watched("default")) == []


# Processes


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_follows_anew(ann: Any) -> None:
    warm(client_of(ann))
    parent = follow(Session)
    child = os.fork()
    if child == 0:  # pragma: no cover: what it finds is its exit code
        fresh = follow(Session)
        os._exit(0 if fresh is not parent and fresh.position is None and not fresh.sessions else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_process_without_requests_stops_asking(ann: Any) -> None:
    with override_settings(TENFOLD_ACCOUNTS={"idle_seconds": 1.0}):
        client = client_of(ann)
        warm(client)
        follower = follow(Session)
        wait_until(lambda: follower.position is None, "the follower rests", 20)
        get_user_model().objects.update(email="ann@other.org")
        assert client.get("/who/").content == b"ann@other.org"
        warm(client)


def test_an_answer_that_is_too_old_is_not_relied_on(ann: Any) -> None:
    warm(client_of(ann))
    follower = follow(Session)
    position = follower.position
    assert position is not None
    with override_settings(TENFOLD_ACCOUNTS={"poll_seconds": 0.8, "stale_seconds": 0.2}):
        slow = follow(Session)
        slow.is_current()
        wait_until(lambda: slow.position is not None, "it has read once", 20)
        wait_until(lambda: not slow.is_current(), "it is too old", 20)
    assert time.monotonic() - position.asked > 0

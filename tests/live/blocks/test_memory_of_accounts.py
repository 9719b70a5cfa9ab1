"""The request's user and the session from memory, on a real PostgreSQL and a real Valkey, in one process."""

from __future__ import annotations

import asyncio
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import AsyncClient, override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.accounts.follower import stop_following
from django_tenfold.accounts.triggers import install_after_migrate
from django_tenfold.accounts.user_sessions import end_sessions, list_sessions
from tests.django_site.databases import databases
from tests.django_site.people.models import Card
from tests.django_site.settings import SITE
from tests.live.blocks.account_memory import (
    NAME,
    ann,
    client_of,
    count_queries,
    forget_in_process,
    key_of,
    site,
    warm,
)
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

__all__ = ["ann", "site"]

pytestmark = pytest.mark.live

MAY = "/may/auth.view_group/"


class ReadsFromTheReplica:
    """A router whose replica has none of the rows yet."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **_: Any) -> str:
        return "default"


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


@pytest.fixture
def _with_cards(site: Servers) -> Iterator[None]:
    with override_settings(TENFOLD_ACCOUNTS={"user_with": ["card"]}):
        install_after_migrate(using="default")
        yield


@pytest.mark.usefixtures("_with_cards")
def test_a_profile_costs_no_query_and_whoever_changes_it_is_seen(ann: Any) -> None:
    Card.objects.create(user=ann, colour="red")
    client = client_of(ann)
    warm(client)

    def read_colour() -> str:
        return str(client.get("/who/").wsgi_request.user.card.colour)

    assert count_queries(read_colour) == 0
    for change in (
        lambda: Card.objects.update(colour="green"),
        lambda: connection.cursor().execute("UPDATE people_card SET colour = 'blue'"),
    ):
        change()
        colour = Card.objects.get().colour
        wait_until(lambda wanted=colour: read_colour() == wanted, "the change is seen", 1.5)
    Card.objects.all().delete()
    wait_until(lambda: not hasattr(client.get("/who/").wsgi_request.user, "card"), "it is gone", 1.5)
    Card.objects.create(user=ann, colour="white")
    wait_until(lambda: count_queries(read_colour) == 0, "the new one is remembered", 5)


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

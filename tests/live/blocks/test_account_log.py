"""The change log and its follower: what is logged, what is kept, and what happens when it cannot be followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from django_tenfold.accounts import change_log
from django_tenfold.accounts import follower as followers
from django_tenfold.accounts.change_log import NOTHING_SEEN, find_floor, prune, read_changes
from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.memory_checks import check_log
from django_tenfold.accounts.models import Change, Session
from django_tenfold.accounts.triggers import find_missing, install_after_migrate, list_watched
from tests.live.blocks.account_memory import (
    NAME,
    ann,
    client_of,
    count_queries,
    key_of,
    site,
    warm,
)
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

__all__ = ["ann", "site"]

pytestmark = pytest.mark.live


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
    assert check_log(None, databases=["default"]) == []
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
    client = client_of(ann)
    warm(client)
    follower = follow(Session)
    follower._over.set()  # its thread stands still, as one that waits for a database that does not answer
    wait_until(lambda: not follower.is_current(), "its last answer is too old", 20)
    get_user_model().objects.update(email="ann@other.org")
    assert [client.get("/who/").content, count_queries(lambda: client.get("/who/"))] == [b"ann@other.org", 2]

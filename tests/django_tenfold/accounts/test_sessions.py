"""The session engine on a database without a change log: what holds there holds everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_tenfold.accounts.follower import stop_following
from django_tenfold.accounts.models import Session
from django_tenfold.accounts.sessions import SessionStore, merge_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS: dict[str, Any] = {
    "MIDDLEWARE": [
        "django_tenfold.accounts.middleware.SessionMiddleware",
        "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    ],
    "SESSION_ENGINE": "django_tenfold.accounts.sessions",
    "ROOT_URLCONF": "tests.django_site.accounts_urls",
}


@pytest.fixture(autouse=True)
def _site(sqlite_database: None) -> Iterator[None]:
    stop_following()
    with override_settings(**SETTINGS):
        yield
    stop_following()


def make_session(**data: object) -> SessionStore:
    session = SessionStore()
    session.update(data)
    session.save()
    return session


def test_a_session_is_read_as_it_was_written() -> None:
    session = make_session(cart={"lines": [1, 2]}, name="ann")
    assert dict(SessionStore(session.session_key).items()) == {"cart": {"lines": [1, 2]}, "name": "ann"}


def test_what_one_request_changes_in_place_is_not_seen_by_another() -> None:
    key = make_session(cart=[1]).session_key
    SessionStore(key, 0)["cart"].append(2)
    assert SessionStore(key, 0)["cart"] == [1]


def test_what_was_changed_in_place_is_written_by_a_save() -> None:
    key = make_session(cart=[1]).session_key
    session = SessionStore(key)
    session["cart"].append(2)
    session.save()
    assert SessionStore(key)["cart"] == [1, 2]


def test_a_row_knows_whose_session_it_is() -> None:
    user = get_user_model().objects.create_user("ann@example.org", "pw")
    Client().force_login(user)
    assert Session.objects.get().user_id == str(user.pk)


@pytest.mark.parametrize(
    "key", ["a" * 41, "a'; DROP TABLE x", "ключключключ", "nul\x00nulnul", "../../etc", "short"]
)
def test_a_key_that_cannot_be_one_costs_no_query(key: str) -> None:
    with CaptureQueriesContext(connection) as caught:
        session = SessionStore(key, 0)
        assert dict(session.items()) == {}
    assert (len(caught), session.session_key) == (0, None)


def test_a_key_that_was_made_up_is_no_session() -> None:
    session = SessionStore("a" * 32)
    assert (session.get("x"), session.session_key) == (None, None)


def test_an_expired_session_is_none() -> None:
    key = make_session(a=1).session_key
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(key).get("a") is None


def test_data_that_were_not_signed_here_are_an_empty_session() -> None:
    key = make_session(a=1).session_key
    Session.objects.update(session_data="eyJhIjoyfQ:forged:forged")
    assert SessionStore(key).get("a") is None


def test_a_key_is_given_once() -> None:
    session = make_session(a=1)
    again = SessionStore(session.session_key)
    with pytest.raises(CreateError):
        again.save(must_create=True)


def test_a_session_that_is_gone_is_not_saved_again() -> None:
    session = make_session(a=1)
    Session.objects.all().delete()
    session["a"] = 2
    with pytest.raises(UpdateError):
        session.save()


def test_saving_what_did_not_change_writes_nothing() -> None:
    session = SessionStore(make_session(a=1).session_key)
    session["a"] = 1
    with CaptureQueriesContext(connection) as caught:
        session.save()
    assert [one["sql"] for one in caught if one["sql"].startswith("UPDATE")] == []


def test_a_new_key_keeps_the_data_and_ends_the_old_one() -> None:
    session = make_session(a=1)
    old = session.session_key
    session.cycle_key()
    assert (session["a"], SessionStore(old).get("a"), Session.objects.count()) == (1, None, 1)


def test_only_a_request_that_may_have_written_is_marked() -> None:
    user = get_user_model().objects.create_user("ann@example.org", "pw")
    client = Client()
    client.force_login(user)
    assert "tenfold_fresh" not in client.get("/who/").cookies
    marked = client.post("/keep/", {"kept": "1"}).cookies["tenfold_fresh"]
    assert (marked["max-age"], marked["httponly"], marked["samesite"]) == (5, True, "Lax")
    assert "tenfold_fresh" not in Client().post("/all/").cookies


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 40, "²³", "", "99999999999999"])
def test_a_mark_that_was_forged_is_of_no_effect(seen: str) -> None:
    user = get_user_model().objects.create_user("ann@example.org", "pw")
    client = Client()
    client.force_login(user)
    client.cookies["tenfold_fresh"] = seen
    assert client.get("/who/").content == b"ann@example.org"


def test_changes_of_both_sides_are_joined() -> None:
    data = {"mine": 2, "new": 1, "same": 0}
    merge_changes(
        data,
        since={"mine": 1, "same": 0, "dropped": 0},
        onto={"mine": 1, "same": 5, "theirs": 1, "dropped": 0},
    )
    assert data == {"mine": 2, "new": 1, "same": 5, "theirs": 1}

"""The request's user: whose is remembered, and that it is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import (
    AllowAllUsersModelBackend,
    AllowAllUsersRemoteUserBackend,
    ModelBackend,
    RemoteUserBackend,
)
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory, override_settings

from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.remembered_user import RememberedUser
from django_tenfold.accounts.request_user import get_user, is_rememberable
from django_tenfold.accounts.sessions import SessionStore
from tests.django_tenfold.accounts.test_sessions import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _site(sqlite_database: None) -> Iterator[None]:
    stop_following()
    with override_settings(**SETTINGS):
        yield
    stop_following()


class Suspends(ModelBackend):
    def user_can_authenticate(self, user: Any) -> bool:
        return False


DJANGOS = (ModelBackend, RemoteUserBackend, AllowAllUsersModelBackend, AllowAllUsersRemoteUserBackend)


@pytest.mark.parametrize("backend", DJANGOS)
def test_users_of_djangos_own_backends_are_remembered(backend: type) -> None:
    assert is_rememberable(backend, "")


def test_users_of_a_backend_that_decides_for_itself_are_not_remembered() -> None:
    assert not is_rememberable(Suspends, "")


class GivesMore(ModelBackend):
    def _get_user_permissions(self, user_obj: Any) -> Any:
        return super()._get_user_permissions(user_obj)


def test_permissions_of_a_backend_that_finds_its_own_are_not_remembered() -> None:
    client = Client()
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.GivesMore"]):
        client.force_login(make_user())
        requests = [client.get("/may/auth.view_group/").wsgi_request for _ in range(3)]
    assert all(type(one.user._perm_cache) is set for one in requests)


def make_user() -> Any:
    return get_user_model().objects.create_user("ann@example.org", "pw")


def test_a_copy_has_mutable_values_of_its_own() -> None:
    user = make_user()
    user.settings = {"colours": ["red"]}
    user.me = [user]
    kept = RememberedUser(user, "", follow(get_user_model()))
    user.settings["colours"].append("blue")
    first, second = kept.make_instance(), kept.make_instance()
    first.settings["colours"].append("green")
    assert second.settings == {"colours": ["red"]}
    assert first == user
    assert (first.me[0] is first, second.me[0] is second) == (True, True)


def test_a_session_without_a_user_is_a_visitors() -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore(None, 0)
    assert isinstance(get_user(request), AnonymousUser)


@pytest.mark.parametrize("field", ["_auth_user_backend", "_auth_user_hash"])
def test_a_session_with_a_wrong_backend_or_hash_is_a_visitors(field: str) -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get("/who/").content == b"ann@example.org"
    session = client.session
    session[field] = "forged"
    session.save()
    assert client.get("/who/").content == b""


def test_a_user_is_asked_for_once_in_a_request() -> None:
    client = Client()
    client.force_login(make_user())
    request = client.get("/who/").wsgi_request
    assert get_user(request) is get_user(request)


def test_an_inactive_user_is_a_visitor_at_once_where_nothing_is_remembered() -> None:
    user, client = make_user(), Client()
    client.force_login(user)
    with override_settings(TENFOLD_ACCOUNTS={"memory": "never"}):
        client.get("/who/")
        get_user_model().objects.update(is_active=False)
        assert client.get("/who/").content == b""

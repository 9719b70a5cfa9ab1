from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import aauthenticate, authenticate, get_user_model, login
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache
from django.db import DatabaseError
from django.test import RequestFactory, override_settings

from django_tenfold.accounts.backends import REFUSAL, LoginThrottle

if TYPE_CHECKING:
    from collections.abc import Iterator

User = get_user_model()

BACKEND = "django_tenfold.accounts.backends.ThrottledBackend"
RIGHT, WRONG = "the right one", "a wrong one"


class CountingHasher(MD5PasswordHasher):
    """Counts how many passwords were hashed."""

    hashed = 0

    def encode(self, *args: Any, **more: Any) -> str:
        type(self).hashed += 1
        return super().encode(*args, **more)


class _Down(BaseBackend):
    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        raise DatabaseError("gone")


class DownBackend(LoginThrottle, _Down):
    pass


class _ByPassword:
    """A backend of a project: no base class, and no arguments but those that it needs."""

    def authenticate(self, request: Any, username: str | None = None, password: str | None = None) -> Any:
        user = User.objects.filter(email=username).first()
        return user if user is not None and user.check_password(password or "") else None


class ByPassword(LoginThrottle, _ByPassword):
    pass


class ByToken(BaseBackend):
    def authenticate(self, request: Any, username: Any = None, token: Any = None) -> Any:
        return User.objects.filter(email=username).first() if token == "a token" else None


class _ByEmail(BaseBackend):
    def authenticate(self, request: Any, email: str, password: str) -> Any:
        user = User.objects.filter(email=email).first()
        return user if user is not None and user.check_password(password) else None


class ByEmail(LoginThrottle, _ByEmail):
    pass


@pytest.fixture(autouse=True)
def _throttled(sqlite_database: None) -> Iterator[None]:
    """Waits of a minute: none is over before its test is."""
    with override_settings(
        AUTHENTICATION_BACKENDS=[BACKEND],
        PASSWORD_HASHERS=[f"{__name__}.CountingHasher"],
        TENFOLD_ACCOUNTS={"login_free_failures": 3, "login_wait_first": 60},
    ):
        cache.clear()
        yield
        cache.clear()


def request_from(address: str = "203.0.113.7", **meta: str) -> Any:
    return RequestFactory().post("/login/", REMOTE_ADDR=address, **meta)


def hashes_of(*attempts: Any) -> int:
    before = CountingHasher.hashed
    for attempt in attempts:
        attempt()
    return CountingHasher.hashed - before


def guess(times: int, login: str = "ann@x.org", *, address: str = "203.0.113.7", **meta: str) -> Any:
    """Wrong passwords; the last request."""
    for _ in range(times):
        request = request_from(address, **meta)
        assert authenticate(request, username=login, password=WRONG) is None
    return request


def test_the_password_is_not_hashed_once_the_pair_has_to_wait() -> None:
    User.objects.create_user("ann@x.org", RIGHT)
    assert hashes_of(lambda: guess(3)) == 3
    assert hashes_of(lambda: guess(20)) == 0


def test_a_refused_login_tells_its_request_how_long_to_wait() -> None:
    User.objects.create_user("ann@x.org", RIGHT)
    assert not hasattr(guess(3), REFUSAL)
    refusal = getattr(guess(1), REFUSAL)
    assert (refusal.scope, 50 < refusal.seconds <= 60) == ("pair", True)


def test_even_the_right_password_waits_and_knocking_does_not_lengthen_it() -> None:
    User.objects.create_user("ann@x.org", RIGHT)
    guess(3)
    first = getattr(guess(1), REFUSAL).seconds
    guess(20)
    request = request_from()
    assert authenticate(request, username="ann@x.org", password=RIGHT) is None
    assert getattr(request, REFUSAL).seconds <= first


def test_the_wait_doubles_with_each_failure_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [time.time()]
    monkeypatch.setattr("time.time", lambda: now[0])
    guess(2)
    waits = []
    for _ in range(6):
        guess(1)
        waits.append(getattr(guess(1), REFUSAL).seconds)
        now[0] += waits[-1] + 1
    assert waits == [60, 120, 240, 480, 900, 900]


def test_after_the_wait_the_right_password_opens_and_forgets_the_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, now = User.objects.create_user("ann@x.org", RIGHT), [time.time()]
    monkeypatch.setattr("time.time", lambda: now[0])
    guess(4)
    now[0] += 61
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann
    assert hashes_of(lambda: guess(3)) == 3


def test_strangers_do_not_keep_the_owner_out_at_another_network() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    guess(20, address="198.51.100.9")
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann


def test_another_spelling_of_the_address_escapes_no_counter() -> None:
    User.objects.create_user("ann@x.org", RIGHT)
    guess(3)
    for spelled in ("ANN@x.org", " ann@X.org", "\u00e1nn@x.org", "\uff41nn@x.org"):
        assert hashes_of(lambda spelled=spelled: guess(1, spelled)) == 0


def test_an_account_that_does_not_exist_is_throttled_just_so() -> None:
    assert hashes_of(lambda: guess(10, "nobody@x.org")) == 3


@override_settings(TENFOLD_ACCOUNTS={"login_account_free_failures": 4, "login_wait_first": 60})
def test_guesses_from_many_networks_at_one_account_are_slowed_but_not_for_its_known_networks() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    assert authenticate(request_from("192.0.2.1"), username="ann@x.org", password=RIGHT) == ann
    for number in range(4):
        guess(1, address=f"198.51.100.{number}")
    assert getattr(guess(1, address="198.51.100.99"), REFUSAL).scope == "account"
    assert authenticate(request_from("192.0.2.1"), username="ann@x.org", password=RIGHT) == ann


@override_settings(TENFOLD_ACCOUNTS={"login_network_free_failures": 4, "login_wait_first": 60})
def test_one_network_that_tries_many_accounts_is_slowed_and_its_members_are_not() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann
    for number in range(4):
        guess(1, f"user{number}@x.org")
    assert getattr(guess(1, "user99@x.org"), REFUSAL).scope == "network"
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann


@override_settings(TENFOLD_ACCOUNTS={"login_network_free_failures": 4, "login_wait_first": 60})
def test_an_attacker_does_not_clear_the_network_by_logging_in_as_himself() -> None:
    User.objects.create_user("eve@x.org", RIGHT)
    for number in range(4):
        guess(1, f"user{number}@x.org")
        assert authenticate(request_from(), username="eve@x.org", password=RIGHT) is not None
    assert getattr(guess(1, "user99@x.org"), REFUSAL).scope == "network"


@override_settings(TENFOLD_ACCOUNTS={"login_account_free_failures": 4, "login_wait_first": 60})
def test_without_a_request_the_account_alone_is_counted() -> None:
    for _ in range(4):
        assert authenticate(username="ann@x.org", password=WRONG) is None
    assert hashes_of(lambda: authenticate(username="ann@x.org", password=WRONG)) == 0


def test_logins_that_succeed_are_never_throttled_even_when_nobody_calls_login() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    for _ in range(30):
        assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann


def test_a_login_by_other_means_makes_the_network_known_and_forgets_its_failures() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    guess(4)
    request = request_from()
    request.session = SessionStore()
    login(request, ann, backend=BACKEND)
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann


def test_a_forged_forwarding_header_does_not_help() -> None:
    assert hashes_of(*(lambda n=n: guess(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(10))) == 3


@override_settings(TENFOLD_ACCOUNTS={"login_free_failures": 3, "login_wait_first": 60, "trusted_proxies": 1})
def test_behind_a_proxy_the_client_is_told_by_the_proxy_alone() -> None:
    forged = (f"198.51.100.{n}, 203.0.113.7" for n in range(10))
    assert hashes_of(*(lambda h=h: guess(1, HTTP_X_FORWARDED_FOR=h, address="10.0.0.1") for h in forged)) == 3
    other = "203.0.113.7, 192.0.2.44"
    assert hashes_of(lambda: guess(1, HTTP_X_FORWARDED_FOR=other, address="10.0.0.1")) == 1


@override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.ByPassword", f"{__name__}.ByToken"])
def test_credentials_of_another_backend_pass_a_throttled_one_by() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    assert authenticate(request_from(), username="ann@x.org", token="a token") == ann
    assert authenticate(request_from(), username="ann@x.org", password=RIGHT) == ann
    assert hashes_of(*(lambda: guess(1) for _ in range(10))) == 3


@override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.ByEmail"])
def test_a_backend_below_is_given_no_name_that_nobody_gave() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    assert authenticate(request_from(), email="ann@x.org", password=RIGHT) == ann
    wrong = [authenticate(request_from(), email="ann@x.org", password=WRONG) for _ in range(10)]
    assert wrong == [None] * 10
    assert authenticate(request_from(), email="ann@x.org", password=RIGHT) is None


@pytest.mark.parametrize(("backend", "name"), [("ByPassword", "username"), ("ByEmail", "email")])
def test_a_backend_without_coroutines_counts_each_attempt_once_in_an_event_loop(
    backend: str, name: str
) -> None:
    """`BaseBackend.aauthenticate` calls `authenticate`, which counts."""
    ann = User.objects.create_user("ann@x.org", RIGHT)

    async def attempt(password: str) -> Any:
        return await aauthenticate(request_from(), **{name: "ann@x.org", "password": password})

    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.{backend}"]):
        assert asyncio.run(attempt(RIGHT)) == ann
        assert hashes_of(lambda: [asyncio.run(attempt(WRONG)) for _ in range(10)]) == 3


def test_a_password_is_verified_and_throttled_in_an_event_loop() -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)

    async def attempt(password: str) -> Any:
        return await aauthenticate(request_from(), username="ann@x.org", password=password)

    assert asyncio.run(attempt(RIGHT)) == ann
    assert hashes_of(lambda: [asyncio.run(attempt(WRONG)) for _ in range(10)]) == 3
    assert asyncio.run(attempt(RIGHT)) is None


def test_the_request_of_an_api_framework_is_told_too() -> None:
    guess(3)
    inner = request_from()
    outer = SimpleNamespace(_request=inner, META=inner.META)
    assert authenticate(outer, username="ann@x.org", password=WRONG) is None
    assert getattr(inner, REFUSAL).seconds > 0


def test_a_backend_that_is_down_costs_nobody_an_attempt() -> None:
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.DownBackend"]):
        for _ in range(10):
            with pytest.raises(DatabaseError):
                authenticate(request_from(), username="ann@x.org", password=RIGHT)
            with pytest.raises(DatabaseError):
                asyncio.run(aauthenticate(request_from(), username="ann@x.org", password=RIGHT))
    assert hashes_of(lambda: guess(3)) == 3


@override_settings(TENFOLD_ACCOUNTS={"login_throttle": False})
def test_the_throttle_can_be_switched_off() -> None:
    assert hashes_of(lambda: guess(20)) == 20


@pytest.mark.parametrize(("username", "password"), [(None, "x"), ("ann@x.org", None)])
def test_what_holds_no_password_is_not_counted(username: Any, password: Any) -> None:
    assert hashes_of(lambda: authenticate(request_from(), username=username, password=password)) == 0

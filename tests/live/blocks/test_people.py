"""Sign-ups and logins on a real PostgreSQL and a real Valkey, many at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client, RequestFactory, override_settings

from django_tenfold.accounts.user_admin import EmailUserAdmin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

RIGHT = "a long and right one"


class CountingHasher(MD5PasswordHasher):
    """Counts how many passwords were hashed."""

    hashed = 0

    def encode(self, *args: Any, **more: Any) -> str:
        type(self).hashed += 1  # threads may lose a count; the tests hold upper limits by the refused ones
        return super().encode(*args, **more)


@pytest.fixture
def site(postgres_database: Servers, valkey_cache: Servers) -> Iterator[Servers]:
    with override_settings(
        ROOT_URLCONF="tests.django_tenfold.accounts.urls",
        AUTHENTICATION_BACKENDS=["django_tenfold.accounts.backends.ThrottledBackend"],
        PASSWORD_HASHERS=[f"{__name__}.CountingHasher"],
        TENFOLD_ACCOUNTS={"login_wait_first": 120},
    ):
        yield valkey_cache


def all_at_once(work: Any, *, threads: int, each: int = 1) -> list[Any]:
    """Answers of `work(number)`, each thread calling it `each` times, all starting together."""
    start = Barrier(threads)

    def run(number: int) -> list[Any]:
        try:
            start.wait(timeout=30)
            return [work(number * each + one) for one in range(each)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return [answer for answers in pool.map(run, range(threads)) for answer in answers]


def test_of_two_sign_ups_of_one_address_one_wins_and_the_other_gets_a_form_error(site: Servers) -> None:
    spelled = ("Ann@x.org", "ann@X.org", "ANN@x.org", "aNN@x.org")

    def sign_up(number: int) -> tuple[int, bool]:
        data = {"email": spelled[number % 4], "password1": RIGHT, "password2": RIGHT}
        answer = Client().post("/sign-up/", data)
        return answer.status_code, b"email address already exists" in answer.content

    for _ in range(5):
        answers = all_at_once(sign_up, threads=4)
        assert sorted(answers) == [(200, True)] * 3 + [(302, False)]
        get_user_model().objects.all().delete()


def test_the_admin_shows_a_form_error_when_the_address_is_taken_meanwhile(
    site: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = get_user_model().objects
    people = EmailUserAdmin(get_user_model(), admin.site)
    request = RequestFactory().post(
        "/", {"email": "ANN@x.org", "usable_password": "true", "password1": RIGHT, "password2": RIGHT}
    )
    request.user = users.create_superuser("root@x.org")
    request._dont_enforce_csrf_checks = True
    save_model = EmailUserAdmin.save_model

    def save_after_another(*args: Any) -> None:
        all_at_once(lambda _: users.create_user("ann@x.org"), threads=1)
        save_model(*args)

    monkeypatch.setattr(EmailUserAdmin, "save_model", save_after_another)
    answer = people.add_view(request)
    assert answer.status_code == 200
    assert [*answer.context_data["adminform"].form.errors] == ["email"]
    assert users.count() == 2


def test_a_login_and_any_look_up_by_iexact_read_one_row_by_the_unique_index(site: Servers) -> None:
    users = get_user_model().objects
    users.bulk_create(get_user_model()(email=f"User{n}@x.org", password="!") for n in range(3000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_person")
    assert users.get_by_natural_key("uSER1234@x.org").email == "User1234@x.org"
    for found in (
        users.filter(email__iexact="USER77@x.org"),
        users.filter(users._same_address("USER77@x.org")),
    ):
        assert "people_person_email_any_case" in found.explain()
    assert "people_person_email_exact" in users.filter(email="User77@x.org").explain()


def attempt(password: str, *, login: str = "ann@x.org", address: str = "203.0.113.7") -> Any:
    request = RequestFactory().post("/login/", REMOTE_ADDR=address)
    return authenticate(request, username=login, password=password), request


def test_a_flood_of_a_thousand_guesses_at_once_gets_five_tries(site: Servers) -> None:
    get_user_model().objects.create_user("ann@x.org", RIGHT)
    before = CountingHasher.hashed

    def guess(number: int) -> bool:
        user, request = attempt(f"guess {number}")
        assert user is None
        return hasattr(request, "tenfold_login_refusal")

    refused = all_at_once(guess, threads=20, each=50)
    assert (len(refused), refused.count(False)) == (1000, 5)
    assert CountingHasher.hashed - before <= 5
    assert attempt(RIGHT)[0] is None
    assert attempt(RIGHT, address="198.51.100.20")[0] is not None


def test_many_right_logins_at_once_are_all_let_in(site: Servers) -> None:
    ann = get_user_model().objects.create_user("ann@x.org", RIGHT)
    assert attempt(RIGHT)[0] == ann
    assert all(user == ann for user, _ in all_at_once(lambda _: attempt(RIGHT), threads=4, each=25))


def test_guesses_are_slowed_and_logins_work_while_the_cache_is_dead(site: Servers) -> None:
    from django_tenfold.accounts import login_throttle
    from django_tenfold.accounts.attempt_store import AttemptStore
    from django_tenfold.accounts.settings import options

    ann = get_user_model().objects.create_user("ann@x.org", RIGHT)
    moment = [0.0]
    store, login_throttle.store = (
        login_throttle.store,
        AttemptStore(lambda: options().login_cache, clock=lambda: moment[0]),
    )
    try:
        site.kill("cache")
        assert attempt(RIGHT)[0] == ann
        refused = [hasattr(attempt("wrong")[1], "tenfold_login_refusal") for _ in range(8)]
        assert refused == [False] * 5 + [True] * 3
        site.start("cache")
        moment[0] += 60
        assert attempt(RIGHT)[0] == ann
    finally:
        login_throttle.store = store

from __future__ import annotations

import asyncio
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.template import Template
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext, instrumented_test_render
from django.urls import clear_url_caches

from django_tenfold.accounts.email_user import EMAIL_TAKEN
from django_tenfold.accounts.forms import EmailUserCreationForm
from django_tenfold.accounts.user_admin import AdminEmailAuthenticationForm, EmailUserAdmin
from tests.django_site.settings import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

User = get_user_model()

RIGHT = "a long and right one"


@pytest.fixture(autouse=True)
def _site(sqlite_database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Template, "_render", instrumented_test_render)  # so that answers have their context
    with override_settings(
        ROOT_URLCONF="tests.django_tenfold.accounts.urls",
        AUTHENTICATION_BACKENDS=["django_tenfold.accounts.backends.ThrottledBackend"],
        MIDDLEWARE=[
            *SITE["MIDDLEWARE"],
            "django_tenfold.accounts.throttle_middleware.throttle_middleware",
        ],
        TENFOLD_ACCOUNTS={"login_free_failures": 2, "login_wait_first": 60},
        LOGIN_REDIRECT_URL="/",
    ):
        cache.clear()
        yield
        cache.clear()


@pytest.fixture
def browser() -> Client:
    return Client()


def login(browser: Client, password: str, url: str = "/login/") -> Any:
    return browser.post(url, {"username": "ANN@x.org", "password": password})


def test_a_login_works_in_any_case_of_the_address(browser: Client) -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    assert login(browser, RIGHT).status_code == 302
    assert browser.session["_auth_user_id"] == str(ann.pk)


def test_a_wrong_password_is_answered_by_the_form_again(browser: Client) -> None:
    answer = login(browser, "wrong")
    assert (answer.status_code, "Retry-After" in answer.headers) == (200, False)
    assert b"correct email address and password" in answer.content


@pytest.mark.parametrize("url", ["/login/", "/admin/login/"])
def test_a_throttled_login_is_answered_429_with_the_seconds_to_wait(browser: Client, url: str) -> None:
    User.objects.create_superuser("ann@x.org", RIGHT)
    for _ in range(2):
        assert login(browser, "wrong", url).status_code == 200
    answer = login(browser, RIGHT, url)
    assert (answer.status_code, int(answer.headers["Retry-After"]) in range(50, 61)) == (429, True)
    assert "_auth_user_id" not in browser.session


def test_the_forms_say_how_long_to_wait(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin.site, "login_form", AdminEmailAuthenticationForm)
    for url in ("/login/", "/admin/login/", "/login/"):
        answer = login(browser, "wrong", url)
    assert re.search(rb"Try again in \d\d seconds", answer.content)
    assert re.search(rb"Try again in \d\d seconds", login(browser, "wrong", "/admin/login/").content)


def test_a_client_that_is_throttled_is_told_so_in_an_event_loop(browser: Client) -> None:
    async def attempt() -> list[int]:
        visitor = AsyncClient()
        data = {"username": "ann@x.org", "password": "wrong"}
        return [(await visitor.post("/login/", data)).status_code for _ in range(3)]

    assert asyncio.run(attempt()) == [200, 200, 429]


def sign_up(browser: Client, email: str) -> Any:
    return browser.post("/sign-up/", {"email": email, "password1": RIGHT, "password2": RIGHT})


def test_somebody_signs_up_with_an_address_in_its_stored_spelling(browser: Client) -> None:
    assert sign_up(browser, " Ann@X.org ").status_code == 302
    ann = User.objects.get()
    assert (ann.email, ann.check_password(RIGHT), ann.is_staff) == ("Ann@x.org", True, False)


@pytest.mark.parametrize("email", ["m\u0131ke@x.org", "no address", "ann@x.org\nbcc: eve@x.org", ""])
def test_a_sign_up_without_a_good_address_is_refused(browser: Client, email: str) -> None:
    answer = sign_up(browser, email)
    assert (answer.status_code, [*answer.context["form"].errors]) == (200, ["email"])
    assert User.objects.count() == 0


def test_a_taken_address_is_an_error_at_the_address(browser: Client) -> None:
    User.objects.create_user("ann@x.org")
    form = sign_up(browser, "ANN@x.org").context["form"]
    assert {name: [one.code for one in found] for name, found in form.errors.as_data().items()} == {
        "email": [EMAIL_TAKEN]
    }


def test_an_address_taken_between_check_and_save_is_a_form_error(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = EmailUserCreationForm.save

    def save_after_another(form: Any, commit: bool = True) -> Any:
        with ThreadPoolExecutor(1) as other:
            other.submit(_take, "ann@x.org").result(timeout=20)
        return save(form, commit)

    monkeypatch.setattr(EmailUserCreationForm, "save", save_after_another)
    answer = sign_up(browser, "ANN@x.org")
    assert (answer.status_code, "email" in answer.context["form"].errors) == (200, True)
    assert [one.email for one in User.objects.all()] == ["ann@x.org"]


def _take(email: str) -> None:
    User.objects.create_user(email)
    connection.close()


@pytest.mark.parametrize("asked", ["ann@x.org", "ANN@X.ORG", "nobody@x.org"])
def test_a_password_reset_does_the_same_for_every_address(
    browser: Client, mailbox: list[Any], asked: str
) -> None:
    User.objects.create_user("ann@x.org", RIGHT)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post("/password/", {"email": asked})
    assert (answer.status_code, answer.url, len(mailbox), len(queries)) == (302, "/password/sent/", 1, 1)


def test_the_link_of_a_reset_sets_a_password_and_goes_to_the_stored_address(
    browser: Client, mailbox: list[Any]
) -> None:
    ann = User.objects.create_user("Ann@x.org", "forgotten")
    browser.post("/password/", {"email": "aNN@x.org"})
    link = re.search(r"http://testserver(/password/\S+)", mailbox[0].body)
    assert (mailbox[0].to, link is not None) == (["Ann@x.org"], True)
    page = browser.get(link[1])
    browser.post(page.url, {"new_password1": RIGHT, "new_password2": RIGHT})
    ann.refresh_from_db()
    assert ann.check_password(RIGHT)


def test_an_address_without_an_account_gets_no_link(browser: Client, mailbox: list[Any]) -> None:
    User.objects.create_user("gone@x.org", RIGHT, is_active=False)
    for email in ("nobody@x.org", "gone@x.org"):
        browser.post("/password/", {"email": email})
    assert [(one.to, "http" in one.body, "no account" in one.body) for one in mailbox] == [
        (["nobody@x.org"], False, True),
        (["gone@x.org"], False, True),
    ]


@override_settings(TENFOLD_ACCOUNTS={"mail_to_unknown": False})
def test_mail_to_unknown_addresses_can_be_left_out(browser: Client, mailbox: list[Any]) -> None:
    assert browser.post("/password/", {"email": "nobody@x.org"}).status_code == 302
    assert mailbox == []


@override_settings(TENFOLD_ACCOUNTS={"mail_per_account": 2, "mail_per_network": 3})
def test_nobody_is_flooded_with_mail(browser: Client, mailbox: list[Any]) -> None:
    for email in ("ann@x.org", "ANN@x.org", "ann@x.org", "bob@x.org", "cy@x.org"):
        assert browser.post("/password/", {"email": email}).status_code == 302
    assert [one.to[0].lower() for one in mailbox] == ["ann@x.org", "ann@x.org"]


def test_an_address_is_changed_by_a_link_that_was_sent_to_it(browser: Client, mailbox: list[Any]) -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    browser.force_login(ann)
    answer = browser.post("/email/", {"email": "Ann@NEW.org", "password": RIGHT})
    assert (answer.status_code, [one.to for one in mailbox]) == (302, [["Ann@new.org"], ["ann@x.org"]])
    assert "http" not in mailbox[1].body
    link = re.search(r"http://testserver(/email/\S+)", mailbox[0].body)[1]
    assert b"<button>" in browser.get(link).content
    ann.refresh_from_db()
    assert ann.email == "ann@x.org"
    assert b"now Ann@new.org" in browser.post(link).content
    ann.refresh_from_db()
    assert (ann.email, ann.email_confirmed_at is not None) == ("Ann@new.org", True)
    assert browser.post(link).status_code == 400


def test_an_address_is_not_changed_without_the_password(browser: Client, mailbox: list[Any]) -> None:
    browser.force_login(User.objects.create_user("ann@x.org", RIGHT))
    for _ in range(2):
        wrong = browser.post("/email/", {"email": "new@x.org", "password": "wrong"})
        assert wrong.context["form"].errors["password"] == ["Your password was entered incorrectly."]
    throttled = browser.post("/email/", {"email": "new@x.org", "password": RIGHT})
    assert (throttled.status_code, mailbox) == (429, [])


def change_password(browser: Client, old: str) -> Any:
    new = "another good one"
    return browser.post(
        "/password-change/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


def test_the_old_password_cannot_be_guessed_by_who_finds_a_browser_signed_in(browser: Client) -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    browser.force_login(ann)
    for _ in range(2):
        wrong = change_password(browser, "wrong")
        assert wrong.context["form"].errors["old_password"][0].startswith("Your old password was entered")
    waits = change_password(browser, RIGHT)
    assert (waits.status_code, int(waits.headers["Retry-After"]) in range(50, 61)) == (429, True)
    ann.refresh_from_db()
    assert ann.check_password(RIGHT)


def test_the_right_old_password_is_changed_and_the_session_stays(browser: Client) -> None:
    ann = User.objects.create_user("ann@x.org", RIGHT)
    browser.force_login(ann)
    assert change_password(browser, RIGHT).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password("another good one")
    assert browser.get("/email/").status_code == 200


def test_the_old_password_of_somebody_else_changes_nothing(browser: Client) -> None:
    User.objects.create_user("bob@x.org", "that of bob")
    browser.force_login(User.objects.create_user("ann@x.org", RIGHT))
    assert change_password(browser, "that of bob").status_code == 200


def test_a_change_to_a_taken_address_looks_like_any_other(browser: Client, mailbox: list[Any]) -> None:
    User.objects.create_user("bob@x.org")
    browser.force_login(User.objects.create_user("ann@x.org", RIGHT))
    assert browser.post("/email/", {"email": "bob@x.org", "password": RIGHT}).status_code == 302
    assert len(mailbox) == 2


def test_a_stranger_changes_no_address(browser: Client) -> None:
    assert browser.get("/email/").status_code == 302


def test_the_admin_adds_changes_and_finds_people(browser: Client, people_admin: None) -> None:
    browser.force_login(User.objects.create_superuser("root@x.org", RIGHT))
    data = {"email": "Ann@X.org", "usable_password": "true", "password1": RIGHT, "password2": RIGHT}
    assert browser.post("/admin/people/person/add/", data).status_code == 302
    ann = User.objects.get_by_natural_key("ann@x.org")
    again = browser.post("/admin/people/person/add/", {**data, "email": "ANN@x.org"})
    assert again.context["adminform"].form.errors["email"]
    changed = browser.post(
        f"/admin/people/person/{ann.pk}/change/", {"email": "ann@y.org", "is_active": "on"}
    )
    ann.refresh_from_db()
    assert (changed.status_code, ann.email, ann.check_password(RIGHT)) == (302, "ann@y.org", True)
    assert b"ann@y.org" in browser.get("/admin/people/person/", {"q": "y.org"}).content


@pytest.fixture
def people_admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The site's admin with people in it; its routes are made anew, since they follow from what is registered."""
    routes = "tests.django_tenfold.accounts.urls"
    monkeypatch.setitem(admin.site._registry, User, EmailUserAdmin(User, admin.site))
    monkeypatch.delitem(sys.modules, routes, raising=False)
    clear_url_caches()
    yield
    sys.modules.pop(routes, None)
    clear_url_caches()


def test_the_admin_of_people_passes_djangos_checks() -> None:
    assert EmailUserAdmin(User, admin.site).check() == []

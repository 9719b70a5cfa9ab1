from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.checks import check_user_model
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.accounts.email_user import EMAIL_TAKEN

User = get_user_model()

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_a_user_is_made_with_an_address_and_a_password_by_position() -> None:
    made = User.objects.create_user(" Ann@EXAMPLE.org ", "a secret")
    kept = User.objects.get(pk=made.pk)
    assert (kept.email, kept.check_password("a secret")) == ("Ann@example.org", True)
    assert (kept.is_staff, kept.is_superuser, kept.is_active) == (False, False, True)


def test_a_user_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("  ", "a secret")


def test_a_user_without_a_password_cannot_log_in_by_one() -> None:
    assert User.objects.create_user("ann@x.org").has_usable_password() is False


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_superuser_without_its_rights_is_refused(flag: str) -> None:
    with pytest.raises(ValueError, match=f"must have {flag}=True"):
        User.objects.create_superuser("ann@x.org", "a secret", **{flag: False})


def test_users_are_made_without_blocking_an_event_loop() -> None:
    async def make() -> tuple[Any, Any, Any]:
        member = await User.objects.acreate_user("ann@x.org", "a secret")
        root = await User.objects.acreate_superuser("root@x.org", "a secret")
        return member, root, await User.objects.aget_by_natural_key("ANN@X.ORG")

    member, root, found = asyncio.run(make())
    assert (found, member.is_staff, root.is_staff, root.is_superuser) == (member, False, True, True)


def test_the_database_refuses_an_address_that_differs_by_case_alone() -> None:
    User.objects.create_user("Ann@x.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("aNN@x.org")


def test_validation_says_once_and_at_the_address_that_it_is_taken() -> None:
    User.objects.create_user("ann@x.org")
    for taken in ("ann@x.org", "ANN@x.org"):
        with pytest.raises(ValidationError) as refused:
            User(email=taken, password="x").full_clean()
        assert [(name, [one.code for one in found]) for name, found in refused.value.error_dict.items()] == [
            ("email", [EMAIL_TAKEN])
        ]


def test_a_user_does_not_stand_in_its_own_way() -> None:
    ann = User.objects.create_user("ann@x.org", "a secret")
    ann.email = "ANN@x.org"
    ann.full_clean()
    assert ann.email == "ANN@x.org"


def test_an_address_with_a_letter_that_only_looks_ascii_is_refused() -> None:
    with pytest.raises(ValidationError, match="valid email"):
        User(email="m\u0131ke@x.org", password="x").full_clean()


def test_the_login_finds_a_user_in_any_case_by_the_unique_index() -> None:
    ann = User.objects.create_user("Ann@x.org")
    with CaptureQueriesContext(connection) as caught:
        assert User.objects.get_by_natural_key("aNN@X.org") == ann
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + caught[0]["sql"])
        assert "people_person_email_any_case" in str(cursor.fetchall())


def test_no_user_of_another_address_is_found() -> None:
    User.objects.create_user("ann@x.org")
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key("an_@x.org")


def test_django_takes_the_address_as_a_unique_name_with_any_backends() -> None:
    for backends in (["django.contrib.auth.backends.ModelBackend"], ["shop.Backend"]):
        with override_settings(AUTHENTICATION_BACKENDS=backends):
            assert check_user_model(None) == []


def test_users_with_a_permission_are_found_as_with_djangos_manager() -> None:
    root = User.objects.create_superuser("root@x.org", "a secret")
    assert list(User.objects.with_perm("auth.view_group")) == [root]


def test_a_superuser_is_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@X.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a secret")
    call_command("createsuperuser", "--noinput", verbosity=0)
    root = User.objects.get_by_natural_key("root@x.org")
    assert (root.email, root.is_superuser, root.check_password("a secret")) == ("Root@x.org", True, True)


def test_a_superuser_of_a_taken_address_is_refused_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("ann@x.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "ANN@x.org")
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", "--noinput")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_superuser_is_made_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return ["no address", "Root@x.org"][len(asked) - 1]

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("getpass.getpass", lambda *_: "a long secret")
    said = io.StringIO()
    call_command("createsuperuser", stdin=Terminal(), stdout=io.StringIO(), stderr=said)
    assert "valid email address" in said.getvalue()
    assert User.objects.get_by_natural_key("root@x.org").is_superuser
    assert asked[0].startswith("Email address")


def test_a_user_has_a_name_and_takes_mail(mailbox: list[Any]) -> None:
    ann = User(email="ann@x.org", first_name="Ann", last_name="Lee")
    ann.email_user("Hello", "Text")
    assert (ann.get_full_name(), ann.get_short_name(), str(ann)) == ("Ann Lee", "Ann", "ann@x.org")
    assert (mailbox[-1].to, mailbox[-1].subject) == (["ann@x.org"], "Hello")

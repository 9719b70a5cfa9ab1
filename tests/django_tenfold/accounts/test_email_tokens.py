from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import override_settings

from django_tenfold.accounts.email_tokens import (
    EXPIRED,
    FORGED,
    SALT,
    TAKEN,
    USED,
    EmailTokenError,
    confirm_email,
    make_email_token,
)

User = get_user_model()

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture
def ann(sqlite_database: None) -> Any:
    return User.objects.create_user("ann@x.org", "a secret")


def refusal_of(token: str) -> str:
    with pytest.raises(EmailTokenError) as refused:
        confirm_email(token)
    return refused.value.reason


def test_a_token_makes_its_address_the_confirmed_one(ann: Any) -> None:
    assert confirm_email(make_email_token(ann, "Ann@NEW.org")) == ann
    ann.refresh_from_db()
    assert (ann.email, ann.email_confirmed_at is not None) == ("Ann@new.org", True)


def test_a_token_confirms_the_address_of_a_sign_up(ann: Any) -> None:
    token = make_email_token(ann, ann.email)
    assert confirm_email(token).email_confirmed_at is not None
    assert refusal_of(token) == USED


def test_a_used_token_stays_used_after_the_address_has_gone_there_and_back(ann: Any) -> None:
    there = make_email_token(ann, "new@x.org")
    back = make_email_token(confirm_email(there), "ann@x.org")
    assert confirm_email(back).email == "ann@x.org"
    assert [refusal_of(there), refusal_of(back)] == [USED, USED]


def test_of_two_tokens_the_first_used_overtakes_the_other(ann: Any) -> None:
    one, other = make_email_token(ann, "one@x.org"), make_email_token(ann, "other@x.org")
    confirm_email(one)
    assert refusal_of(other) == USED


def test_a_token_does_not_outlive_a_change_of_password(ann: Any) -> None:
    token = make_email_token(ann, "new@x.org")
    ann.set_password("another")
    ann.save()
    assert refusal_of(token) == USED


@pytest.mark.parametrize("changes", [{"is_active": False}, None])
def test_a_token_of_somebody_who_is_gone_confirms_nothing(ann: Any, changes: dict[str, Any] | None) -> None:
    token = make_email_token(ann, "new@x.org")
    found = User.objects.filter(pk=ann.pk)
    found.update(**changes) if changes else found.delete()
    assert refusal_of(token) == USED


def test_an_expired_token_confirms_nothing(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    token, now = make_email_token(ann, "new@x.org"), time.time()
    monkeypatch.setattr("time.time", lambda: now + 24 * 3600 + 2)
    assert refusal_of(token) == EXPIRED


def test_a_forged_token_confirms_nothing(ann: Any) -> None:
    good = make_email_token(ann, "new@x.org")
    other_purpose = signing.dumps(signing.loads(good, salt=SALT), salt="another purpose")
    with override_settings(SECRET_KEY="the attacker's own"):
        other_key = make_email_token(ann, "new@x.org")
    changed = ("A" if good[0] != "A" else "B") + good[1:]
    for token in (other_purpose, other_key, changed, good[:-1], "", ":", "a:b:c", "\x00", "x" * 100_000):
        assert refusal_of(token) == FORGED
    assert User.objects.get().email == "ann@x.org"


def test_a_token_survives_a_new_secret_key_while_the_old_one_is_a_fallback(ann: Any) -> None:
    with override_settings(SECRET_KEY="the old one"):
        token = make_email_token(ann, "new@x.org")
    with override_settings(SECRET_KEY_FALLBACKS=["the old one"]):
        assert confirm_email(token).email == "new@x.org"


def test_a_token_for_an_address_that_somebody_took_meanwhile_confirms_nothing(ann: Any) -> None:
    token = make_email_token(ann, "new@x.org")
    User.objects.create_user("NEW@x.org")
    assert refusal_of(token) == TAKEN
    assert User.objects.get(pk=ann.pk).email == "ann@x.org"

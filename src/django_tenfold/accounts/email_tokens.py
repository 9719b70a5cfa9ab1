"""Signed links that prove an address: for the one that a user signed up with, and for a new one.

    token = make_email_token(user, "new@x.org")        # goes to new@x.org, in a link
    user = confirm_email(token)                         # new@x.org is now the user's address, and confirmed

A token works once, for a limited time (TENFOLD_ACCOUNTS["email_token_hours"]), and no longer when the user's
password or address has changed since. Nothing is stored for it: it is bound to the state that its use changes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import IntegrityError, router, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from django_tenfold.accounts.email_address import normalise_address
from django_tenfold.accounts.settings import options

SALT = "django_tenfold.accounts.email_tokens"

FORGED, EXPIRED, USED, TAKEN = "forged", "expired", "used", "taken"


class EmailTokenError(Exception):
    """A token that confirms nothing; `reason` is FORGED, EXPIRED, USED (or overtaken) or TAKEN."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This link cannot be used: {reason}.")
        self.reason = reason


def make_email_token(user: Any, email: str) -> str:
    """A token, safe in a URL, that makes `email` the confirmed address of the user."""
    told = [user._meta.pk.value_to_string(user), normalise_address(email), _state(user, settings.SECRET_KEY)]
    return signing.dumps(told, salt=SALT)


def confirm_email(token: str) -> Any:
    """Use a token: store its address and when it was confirmed. Returns the user; raises EmailTokenError."""
    pk, email, state = _read(token)
    User = get_user_model()
    using = router.db_for_write(User)
    try:
        with transaction.atomic(using=using):
            # The row is locked: of two uses at the same moment one finds the state of after the other.
            user = User._base_manager.using(using).select_for_update().filter(pk=pk, is_active=True).first()
            if user is None or not _is_state(user, state):
                raise EmailTokenError(USED)
            user.email = email
            user.email_confirmed_at = timezone.now()
            user.save(update_fields=["email", "email_confirmed_at"])
    except IntegrityError:
        raise EmailTokenError(TAKEN) from None
    return user


def _read(token: str) -> tuple[str, str, str]:
    try:
        pk, email, state = signing.loads(
            token, salt=SALT, max_age=timedelta(hours=options().email_token_hours)
        )
    except signing.SignatureExpired:
        raise EmailTokenError(EXPIRED) from None
    except signing.BadSignature:
        raise EmailTokenError(FORGED) from None
    return pk, email, state


def _state(user: Any, secret: str) -> str:
    """What every use of a token changes, and every change of password or address."""
    confirmed = user.email_confirmed_at.timestamp() if user.email_confirmed_at else ""
    told = f"{user.pk}|{user.password}|{user.email}|{confirmed}"
    return salted_hmac(SALT, told, secret=secret, algorithm="sha256").hexdigest()[:32]


def _is_state(user: Any, state: str) -> bool:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_state(user, one), state) for one in secrets)

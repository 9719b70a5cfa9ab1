"""Authentication backends that count attempts before they look at a password.

    AUTHENTICATION_BACKENDS = ["django_tenfold.accounts.backends.ThrottledBackend"]     # instead of ModelBackend

Whatever calls `authenticate(request, ...)` or `aauthenticate` is throttled so: login views, the admin, an API.
A project with a backend of its own puts the throttle over that: `class Mine(LoginThrottle, LdapBackend): pass`.
It stands in the backend that verifies, not in one before it, because only there a success is seen when nobody
calls `login()` afterwards, as with HTTP Basic or a token's view.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.core.exceptions import PermissionDenied
from django.views.decorators.debug import sensitive_variables

from django_tenfold.accounts.client_network import find_client_network
from django_tenfold.accounts.login_metrics import FAILED, SUCCEEDED, THROTTLED, count_login
from django_tenfold.accounts.login_throttle import (
    Attempt,
    begin_attempt,
    settle_success,
    take_back,
)
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from django_tenfold.accounts.login_throttle import (
        Refusal,
    )

REFUSAL = "tenfold_login_refusal"
"""The attribute of a request whose login was refused; the middleware and the forms read it."""

SETTLED = "_tenfold_login_settled"
"""The attribute of a user whose success is counted, so that `login()` need not."""


class LoginThrottledError(PermissionDenied):
    """Too many failures: `refusal.seconds` to wait. `authenticate()` takes it as "no", and asks no other backend."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"Too many failed logins; wait {refusal.seconds} seconds.")
        self.refusal = refusal


class LoginThrottle:
    """Put it before a backend class that verifies a name and a password."""

    @sensitive_variables("password")
    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **more: Any
    ) -> Any:
        ask, given = super().authenticate, _name_given(username, password, more)  # type: ignore[misc]
        if not _takes(ask, request, given):
            return None  # as Django passes over a backend that takes other credentials
        attempt = _begin(request, username, password, more)
        if attempt is None:
            return ask(request, **given)
        try:
            user = ask(request, **given)
        except PermissionDenied:
            count_login(FAILED)
            raise
        except Exception:
            take_back(attempt)
            raise
        return _settle(attempt, user)

    @sensitive_variables("password")
    async def aauthenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **more: Any
    ) -> Any:
        given = _name_given(username, password, more)
        ask = getattr(super(), "aauthenticate", None)
        if ask is None or getattr(ask, "__func__", None) is BaseBackend.aauthenticate:
            return await sync_to_async(self.authenticate)(request, **given)
        if not _takes(ask, request, given):
            return None
        attempt = await sync_to_async(_begin)(request, username, password, more)
        if attempt is None:
            return await ask(request, **given)
        try:
            user = await ask(request, **given)
        except PermissionDenied:
            count_login(FAILED)
            raise
        except Exception:
            await sync_to_async(take_back)(attempt)
            raise
        return await sync_to_async(_settle)(attempt, user)


class ThrottledBackend(LoginThrottle, ModelBackend):
    """Django's ModelBackend behind the throttle."""


@sensitive_variables()
def _name_given(username: str | None, password: str | None, more: dict[str, Any]) -> dict[str, Any]:
    """The credentials as they came: the backend below may have no argument `username`, or no `password`."""
    named = {"username": username, "password": password}
    return {**{name: value for name, value in named.items() if value is not None}, **more}


@sensitive_variables("given")
def _takes(ask: Any, request: Any, given: dict[str, Any]) -> bool:
    """Whether the backend below takes these credentials: Django asks the signature above it, which takes all."""
    try:
        signature(ask).bind(request, **given)
    except TypeError:
        return False
    return True


def _begin(request: Any, username: str | None, password: str | None, more: dict[str, Any]) -> Attempt | None:
    """None when there is nothing to verify. Raises LoginThrottledError."""
    login = username if username is not None else more.get(get_user_model().USERNAME_FIELD)
    now = options()
    if login is None or password is None or not now.login_throttle:
        return None
    began = begin_attempt(str(login), find_client_network(request, trusted_proxies=now.trusted_proxies))
    if isinstance(began, Attempt):
        return began
    count_login(THROTTLED)
    if request is not None:
        # An API framework may hand over its own request, which wraps Django's as `_request`.
        setattr(getattr(request, "_request", request), REFUSAL, began)
    raise LoginThrottledError(began)


def _settle(attempt: Attempt, user: Any) -> Any:
    if user is None:
        count_login(FAILED)
        return None
    count_login(SUCCEEDED)
    settle_success(attempt)
    setattr(user, SETTLED, True)
    return user

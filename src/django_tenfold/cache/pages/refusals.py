"""Why a response is for who asked alone: pages that are kept for all must hold nothing of one."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, empty

from django_tenfold.cache.pages.policy import ANONYMOUS, EVERYONE, LOCALE, name_zone

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from django_tenfold.cache.pages.policy import PagePolicy

logger = logging.getLogger("django_tenfold.cache")
_PRIVATE = ("private", "no-store", "no-cache")


def watch_user(policy: PagePolicy, request: Any) -> None:
    """Notice a view that promises to show nothing of the user, and looks at the user all the same."""
    if policy.audience != EVERYONE or not hasattr(request, "user"):
        return
    user: Any = request.user
    auser: Any = getattr(request, "auser", None)

    def look() -> Any:
        request.tenfold_user_seen = True
        return user

    async def alook() -> Any:
        request.tenfold_user_seen = True
        return await auser()

    request.user = SimpleLazyObject(look)
    if auser is not None:
        request.auser = alook


def find_refusal(policy: PagePolicy, request: Any, response: HttpResponseBase) -> str:
    """Why the response is not kept, or nothing."""
    if response.status_code != 200:
        return "its status is not 200"
    if response.streaming:
        return "it is streamed"
    return (
        _find_secret(request, response) or _find_personal(policy, request) or _find_varying(policy, response)
    )


def _find_secret(request: Any, response: HttpResponseBase) -> str:
    if response.cookies:
        return "it sets a cookie"
    if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
        return (
            "it holds a CSRF token (load the form apart, or take the token from the cookie with JavaScript)"
        )
    if getattr(request, "_csp_nonce", None):
        return "it holds a nonce of the Content-Security-Policy"
    if response.has_header("Content-Encoding"):
        return "it is compressed already (put the compressing middleware before the cache)"
    told = response.headers.get("Cache-Control", "").lower()
    return f"its Cache-Control is {told}" if any(word in told for word in _PRIVATE) else ""


def find_refusal_outside(request: Any, view: Any) -> str:
    """What the key does not hold, for it was made before the other middleware ran. `view`: that of the policy."""
    match = request.resolver_match
    if match is None or match.func is not view or not request.tenfold_page_asked:
        return "a middleware, or another view by its choice of urlconf, answered"
    if settings.USE_TZ and name_zone() != timezone.get_default_timezone_name():
        return "a middleware chose a time zone (leave PageCacheMiddleware out, and tell it by `vary`)"
    return ""


def _find_personal(policy: PagePolicy, request: Any) -> str:
    session = getattr(request, "session", None)
    if session is not None and session.modified:
        return "it changed the session"
    messages = getattr(request, "_messages", None)
    if messages is not None and (messages.used or messages.added_new):
        return "it shows or adds messages"
    if policy.audience == ANONYMOUS and _knows_user(request):
        return 'it looked at a user who is logged in without a session (audience="each")'
    if policy.audience == EVERYONE and (
        getattr(request, "tenfold_user_seen", False) or (session is not None and session.accessed)
    ):
        return 'it looked at the user or the session (audience="anonymous" or "each")'
    return ""


def _knows_user(request: Any) -> bool:
    """Whether somebody is logged in, as far as anybody asked: by a token in a cookie, by the server."""
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:
        user = None
    asked = (user, getattr(request, "_cached_user", None), getattr(request, "_acached_user", None))
    return any(getattr(one, "is_authenticated", False) for one in asked)


def _find_varying(policy: PagePolicy, response: HttpResponseBase) -> str:
    if not response.has_header("Vary"):
        return ""
    taken = {
        "accept-encoding",
        *(name.lower() for name in policy.headers),
    }  # compressed ones are refused above
    if settings.USE_I18N and LOCALE in settings.MIDDLEWARE:
        taken.add("accept-language")  # keys hold the language that it chooses
    if policy.audience != EVERYONE:
        taken.add("cookie")
    for name in response.headers["Vary"].lower().split(","):
        if name.strip() not in taken:
            return f"it varies on {name.strip()} (name it in `headers`, or in `vary`)"
    return ""


def report_refusal(request: HttpRequest, response: HttpResponseBase, why: str) -> None:
    """Once for each view and reason; an answer that is no page is nothing to report."""
    if response.status_code == 200:
        match = request.resolver_match
        _report(match.view_name if match else request.path, why)


@lru_cache(maxsize=1024)
def _report(view: str, why: str) -> None:
    logger.warning("A response of the cached view %s is not kept: %s.", view, why)

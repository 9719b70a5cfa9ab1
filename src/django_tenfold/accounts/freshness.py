"""A request that follows a write sees it, whichever process answers.

Processes hear of a commit within a fraction of a second; a browser follows a redirect sooner. So the answer to
a request that may have written carries a cookie of a few seconds' life: the database's clock after the commit.
A process that has not heard so much yet answers from the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

COOKIE = "tenfold_fresh"
LIVES = 5
"""Seconds: more than any process may be behind."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_MOST_DIGITS = 14
"""Of a time in milliseconds, until the year 5138."""


def read_seen(request: HttpRequest) -> int:
    """What the request has seen, ms of the database's clock; 0 where it says nothing that can be read."""
    text = request.COOKIES.get(COOKIE)
    if text is None or len(text) > _MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return 0
    return int(text)


def may_have_written(request: HttpRequest) -> bool:
    return request.method not in _SAFE


def mark_seen(response: HttpResponseBase, clock: int) -> None:
    """With the attributes of the session cookie: it is sent wherever that is."""
    told: Any = settings
    response.set_cookie(
        COOKIE,
        str(clock),
        max_age=LIVES,
        domain=told.SESSION_COOKIE_DOMAIN,
        path=told.SESSION_COOKIE_PATH,
        secure=told.SESSION_COOKIE_SECURE or None,
        httponly=True,
        samesite=told.SESSION_COOKIE_SAMESITE,
    )

"""In place of Django's two: sessions and the request's user from memory, without a thread in async.

"django_tenfold.accounts.middleware.SessionMiddleware",
"django_tenfold.accounts.middleware.AuthenticationMiddleware",
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject

from django_tenfold.accounts.follower import follow
from django_tenfold.accounts.freshness import mark_seen, may_have_written, read_seen
from django_tenfold.accounts.request_user import aget_user, get_user, note_permissions
from django_tenfold.accounts.sessions import SessionStore

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, for the engine of this block: it hands on what the browser has seen."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if not issubclass(self.SessionStore, SessionStore):
            raise ImproperlyConfigured(
                "django_tenfold's SessionMiddleware needs"
                ' SESSION_ENGINE = "django_tenfold.accounts.sessions"; other engines go with Django\'s own.'
            )

    def process_request(self, request: HttpRequest) -> None:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = self.SessionStore(key, read_seen(request))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        session = request.session
        writes = session.modified
        response = super().process_response(request, response)
        # A visitor without a session has nothing that a process could remember.
        if (writes or may_have_written(request)) and session.session_key is not None:
            mark_seen(response, follow(session.model).tell_clock())
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.process_request(request)
        response = await self.get_response(request)
        session = request.session
        if session.modified or (settings.SESSION_SAVE_EVERY_REQUEST and not session.is_empty()):
            return await sync_to_async(self.process_response)(request, response)
        return self.process_response(request, response)


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's, with a user from memory; `request.user` is as lazy as it was."""

    def process_request(self, request: HttpRequest) -> None:
        if not hasattr(request, "session"):
            super().process_request(request)  # it says what is wrong
        request.user = SimpleLazyObject(partial(get_user, request))
        request.auser = partial(aget_user, request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        note_permissions(request)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.process_request(request)
        response = await self.get_response(request)
        return self.process_response(request, response)

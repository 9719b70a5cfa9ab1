"""Caching of whole pages for visitors: everyone without a session sees the same page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

SECONDS = 60
"""A new review is seen by visitors after a minute at the latest; its author, who has a session, at once."""


def cached_for_visitors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, answered from the cache for SECONDS unless the request carries a session or a message."""
    cached = cache_page(SECONDS, key_prefix="visitors")(vary_on_cookie(view))

    def answer(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES
        return (view if known else cached)(request, *arguments, **named)

    return answer


class CachedForVisitors:
    """For class-based views; comes first among the bases."""

    @method_decorator(cached_for_visitors)
    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        return super().dispatch(request, *arguments, **named)  # type: ignore[misc]

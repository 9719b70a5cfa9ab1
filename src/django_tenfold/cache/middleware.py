"""Answers cached views before any other middleware runs: a hit costs one question to the cache.

Put it first in MIDDLEWARE, after what refuses requests and what compresses:

    MIDDLEWARE = ["django.middleware.security.SecurityMiddleware",
                  "django_tenfold.cache.middleware.PageCacheMiddleware", ...]

It keeps answers as all middleware below made them. A view wrapped in further decorators, one with
`audience="each"`, and all of a site whose own middleware chooses languages, are left to the decorator.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.signals import setting_changed
from django.middleware.locale import LocaleMiddleware
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from django_tenfold.cache.front.slot import front_slot
from django_tenfold.cache.pages.policy import EACH, LOCALE, may_be_answered
from django_tenfold.cache.pages.views import Asked, CachedView, aanswer_page, answer_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.cache.pages.policy import PagePolicy

MOST_PATHS = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """The cached view of a path, and how it was resolved."""

    policy: PagePolicy
    match: Any


_found: dict[str, Found | None] = {}
"""By path: resolving costs more than all the rest."""


class PageCacheMiddleware:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        self._asks = not chooses_language_itself()
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        asked = _ask(request) if self._asks else None
        if self._async:
            return self._answer(request, asked)
        if asked is None:
            return self.get_response(request)
        return answer_page(asked, lambda: self.get_response(request))

    async def _answer(self, request: Any, asked: Asked | None) -> Any:
        if asked is None:
            return await self.get_response(request)
        return await aanswer_page(asked, lambda: self.get_response(request))


def chooses_language_itself() -> bool:
    """Whether a subclass of Django's LocaleMiddleware runs: what it will choose is not known outside of it."""
    if not settings.USE_I18N:
        return False
    others = [import_string(one) for one in settings.MIDDLEWARE if one != LOCALE]
    return any(isinstance(one, type) and issubclass(one, LocaleMiddleware) for one in others)


def _ask(request: Any) -> Asked | None:
    """None for what is not cached here."""
    if request.method != "GET":
        return None
    path = request.path_info
    try:
        found = _found[path]
    except KeyError:
        found = _find(path)
    if found is None or not may_be_answered(found.policy, request):
        return None
    request.tenfold_page_asked = False  # its view has not run
    asked = Asked(found.policy, request, found.match.args, found.match.kwargs, outside=True)
    asked.match = found.match
    slot = front_slot.get()
    if slot is not None and slot.is_of(request):
        asked.note = partial(slot.fill, found.policy, found.match.view_name)
    return asked


def _find(path: str) -> Found | None:
    try:
        match = resolve(path)
    except Resolver404:
        return None
    told = getattr(match.func, "tenfold_cached_view", None)
    found = None
    if isinstance(told, CachedView) and told.view is match.func and told.policy.audience != EACH:
        found = Found(told.policy, match)
    if len(_found) >= MOST_PATHS:
        _found.clear()
    _found[path] = found
    return found


def _forget(*, setting: str, **_: object) -> None:
    if setting == "ROOT_URLCONF":
        _found.clear()


setting_changed.connect(_forget)

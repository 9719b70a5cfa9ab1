"""Views that are not cached, but need not run for who has their answer already.

    @conditional(tags=[Order])
    def orders(request): ...

    @conditional(version=lambda request, pk: Product.objects.values_list("updated_at", flat=True).get(pk=pk))
    def product(request, pk): ...

The answer's ETag is made of the versions that its tags had before the view ran. Who sends it back while they stand
is told 304: no change of what the tags stand for was committed since, in the sense of `cache_view`. It is a weak
one: two runs over the same rows need not agree in each byte. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
"""

from __future__ import annotations

import time
from functools import lru_cache, wraps
from hashlib import blake2b
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Literal

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from django_tenfold.cache.cache_metrics import MISS, PASSED, UNCHANGED, count_lookup
from django_tenfold.cache.entries import is_closed, know_all
from django_tenfold.cache.kept_pages import is_unchanged
from django_tenfold.cache.pages.policy import (
    ANONYMOUS,
    EACH,
    EVERYONE,
    PagePolicy,
    find_page_tags,
    name_zone,
)
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.store import (
    CLOCK,
    ENSURE,
    READ,
    VERSIONS_LAST,
    StoreGoneError,
    get_store,
    make_token,
    name_key,
)
from django_tenfold.cache.transactions import may_keep, writes_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.http import HttpRequest, HttpResponseBase

    from django_tenfold.cache.tags.tagged import Tagged

DAY = 86_400.0
_CACHE_CONTROL = {
    EVERYONE: "public, max-age=0, must-revalidate",
    EACH: "private, max-age=0, must-revalidate",
}


def conditional(
    *,
    tags: Iterable[Tagged] | Callable[..., Iterable[Tagged]] = (),
    version: Callable[..., Any] | None = None,
    headers: Iterable[str] = (),
    audience: Literal["everyone", "each"] = "each",
    vary: Callable[[HttpRequest], str] | None = None,
    seconds: float = DAY,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Tell GET and HEAD 304 without the view, while what the answer shows has not changed.

    `tags`: what it shows, as for `cache_view`; exact. `version`: a function of the view's arguments whose value
    (`repr`) changes with the answer; as exact as that is. With `audience` "each" an answer is for the session and
    the Authorization that it was given to, with "everyone" it shows nothing of the user. `headers` and `vary`: what
    else it depends on. After `seconds` the view runs in any case: what neither of these tells was changed by then.
    """
    policy = PagePolicy(
        seconds, 0, tags if callable(tags) else tuple(tags), (), tuple(headers), audience, vary, 0
    )
    if audience == ANONYMOUS or not (tags or version):
        raise ValueError('conditional() needs `tags` or `version`, and an audience of "each" or "everyone".')

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        make: Callable[..., Any] = _make_async if iscoroutinefunction(view) else _make_sync
        return wraps(view)(make(policy, version, view))

    return decorate


def _make_sync(policy: PagePolicy, version: Any, view: Callable[..., Any]) -> Callable[..., Any]:
    def answer(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not _may_be_told(request) or writes_here():
            return view(request, *args, **kwargs)
        tagged = _read_versions(find_page_tags(policy, request, args, kwargs))
        if tagged is None:
            count_lookup(PASSED)
            return view(request, *args, **kwargs)
        told = version(request, *args, **kwargs) if version is not None else None
        etag = _write_etag(policy, request, tagged, told)
        if unchanged := _find_unchanged(policy, request, etag):
            return unchanged
        response = view(request, *args, **kwargs)
        return _complete(policy, request, response, etag=etag) if may_keep() else response

    return answer


def _make_async(policy: PagePolicy, version: Any, view: Callable[..., Any]) -> Callable[..., Any]:
    async def answer(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not _may_be_told(request):
            return await view(request, *args, **kwargs)
        tagged = await _aread_versions(find_page_tags(policy, request, args, kwargs))
        if tagged is None:
            count_lookup(PASSED)
            return await view(request, *args, **kwargs)
        told = version(request, *args, **kwargs) if version is not None else None
        if isawaitable(told):
            told = await told
        etag = _write_etag(policy, request, tagged, told)
        if unchanged := _find_unchanged(policy, request, etag):
            return unchanged
        return _complete(policy, request, await view(request, *args, **kwargs), etag=etag)

    return markcoroutinefunction(answer)


def _may_be_told(request: Any) -> bool:
    """A message that waits for its reader is no part of the version."""
    return request.method in ("GET", "HEAD") and "messages" not in request.COOKIES


def _read_versions(tags: tuple[str, ...]) -> bytes | None:
    """Now, before the view runs; None while somebody writes, and when the server cannot be asked."""
    if not tags:
        return b""
    keys, store = tuple(map(name_key, (CLOCK, *tags))), get_store()
    try:
        told = store.ask(READ, keys)
        if not know_all(told[1:], told[0]):
            told = store.ask(ENSURE, keys, make_token(), VERSIONS_LAST)
    except StoreGoneError:
        return None
    return _join(told)


async def _aread_versions(tags: tuple[str, ...]) -> bytes | None:
    """As `_read_versions`."""
    if not tags:
        return b""
    keys, store = tuple(map(name_key, (CLOCK, *tags))), get_store()
    try:
        told = await store.aask(READ, keys)
        if not know_all(told[1:], told[0]):
            told = await store.aask(ENSURE, keys, make_token(), VERSIONS_LAST)
    except StoreGoneError:
        return None
    return _join(told)


def _join(told: Sequence[bytes]) -> bytes | None:
    versions = told[1:]
    return None if any(map(is_closed, versions)) else b" ".join(versions)


def _write_etag(policy: PagePolicy, request: Any, tagged: bytes, version: Any) -> str:
    """A keyed digest: nothing of a session can be read from it."""
    told = [
        options().release,
        int(time.time() // policy.seconds),
        tagged,
        repr(version),
        get_language() if settings.USE_I18N else "",
        name_zone(),
        *(request.headers.get(name, "") for name in policy.headers),
    ]
    if policy.vary is not None:
        told.append(policy.vary(request))
    if policy.audience == EACH:
        told += [
            request.COOKIES.get(settings.SESSION_COOKIE_NAME),
            request.headers.get("Authorization", ""),
            request.COOKIES.get(settings.CSRF_COOKIE_NAME),
        ]
    digest = blake2b(repr(told).encode(), digest_size=15, key=_make_key(settings.SECRET_KEY))
    return f'W/"{digest.hexdigest()}"'


@lru_cache(maxsize=4)
def _make_key(secret: str | bytes) -> bytes:
    text = secret if isinstance(secret, bytes) else secret.encode()
    return blake2b(text, digest_size=32, person=b"tenfold-etag").digest()


def _find_unchanged(policy: PagePolicy, request: Any, etag: str) -> HttpResponseBase | None:
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    if not given or given == "*" or not is_unchanged(given, etag):
        return None
    count_lookup(UNCHANGED)
    return _describe(policy, HttpResponseNotModified(), etag)


def _complete(policy: PagePolicy, request: Any, response: Any, *, etag: str) -> Any:
    """An answer that is for this moment alone gets no ETag."""
    count_lookup(MISS)
    messages = getattr(request, "_messages", None)
    shows_messages = messages is not None and (messages.used or messages.added_new)
    no_store = "no-store" in response.headers.get("Cache-Control", "").lower()
    if response.status_code != 200 or response.cookies or shows_messages or no_store:
        return response
    if response.has_header("ETag") or getattr(request, "_csp_nonce", None):
        return response
    if request.META.get("CSRF_COOKIE_NEEDS_UPDATE") and not _sent_secret(policy, request):
        return response
    return _describe(policy, response, etag)


def _sent_secret(policy: PagePolicy, request: Any) -> bool:
    """Whether the ETag holds what a form's token is checked by: a browser that lost it is not told 304."""
    kept = settings.SESSION_COOKIE_NAME if settings.CSRF_USE_SESSIONS else settings.CSRF_COOKIE_NAME
    return policy.audience == EACH and kept in request.COOKIES


def _describe(policy: PagePolicy, response: Any, etag: str) -> Any:
    response.headers["ETag"] = etag
    if not response.has_header("Cache-Control"):
        response.headers["Cache-Control"] = _CACHE_CONTROL[policy.audience]
    names = [*policy.headers, *(["Cookie", "Authorization"] if policy.audience == EACH else [])]
    if names:
        patch_vary_headers(response, names)
    return response

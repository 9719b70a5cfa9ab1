"""Answers of views, kept and told again.

@cache_view(seconds=300, stale=60, tags=[Product], query=("page",))
def product_list(request): ...

path("products/<int:pk>/", cache_view(3600, tags=lambda request, pk: [Product(pk=pk)])(ProductView.as_view()))
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.decorators import classonlymethod

from django_tenfold.cache.edge_queue import write_edge_tag
from django_tenfold.cache.flights import Made, Wanted
from django_tenfold.cache.pages.policy import (
    EACH,
    EVERYONE,
    PagePolicy,
    find_page_tags,
    hide_other_parameters,
    may_be_answered,
    name_page,
)
from django_tenfold.cache.pages.refusals import (
    find_refusal,
    find_refusal_outside,
    report_refusal,
    watch_user,
)
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.tagged import collect_tags
from django_tenfold.cache.transactions import may_keep
from django_tenfold.cache.values import arun_steps, run_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, HttpResponseBase

    from django_tenfold.cache.entries import Entry
    from django_tenfold.cache.tags.tagged import Tagged


@dataclass(frozen=True, slots=True)
class CachedView:
    """How a view is cached, and the callable that is: decorators around that copy its attributes, but are not it."""

    policy: PagePolicy
    view: Callable[..., Any]


class Asked:
    """One request on its way to the answer; keeps the view's own response for who made it be made."""

    def __init__(self, policy: PagePolicy, request: Any, args: Any, kwargs: Any, *, outside: bool) -> None:
        self.policy = policy
        self.request = request
        self.response: HttpResponseBase | None = None
        tags = find_page_tags(policy, request, args, kwargs)
        key = name_page(policy, request, outside=outside)
        self.wanted = Wanted(key, tags, policy.seconds, policy.stale)
        self._query = ""
        self.note: Callable[[Entry], None] | None = None
        self.match: Any = None
        """How the middleware resolved the address: the view that it expects to answer."""

    def begin(self) -> None:
        self._query = hide_other_parameters(self.policy, self.request)

    def settle(self, response: Any, further: set[str], *, kept: bool) -> Made:
        """What is kept of a response: status, headers, body and ETag; or itself, for who asked alone."""
        self.request.META["QUERY_STRING"] = self._query
        self.response = response
        why = find_refusal(self.policy, self.request, response)
        if not why and self.match is not None:
            why = find_refusal_outside(self.request, self.match.func)
        if why:
            report_refusal(self.request, response, why)
            return Made(None, kept=False, failed=response.status_code >= 500)
        self._complete(response, (*self.wanted.tags, *further))
        headers = {name.lower(): (name, value) for name, value in response.headers.items()}
        page = (response.status_code, headers, response.content)
        return Made(page, frozenset(further), kept)

    def _complete(self, response: Any, tags: tuple[str, ...]) -> None:
        policy, header = self.policy, options().edge_header
        if policy.headers:
            patch_vary_headers(response, policy.headers)
        if policy.audience != EVERYONE:
            patch_vary_headers(response, ["Cookie"])
        if not response.has_header("ETag"):
            digest = blake2b(response.content, digest_size=12).hexdigest()
            response.headers["ETag"] = f'"{digest}"'
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = _write_cache_control(policy)
        if header and policy.audience == EVERYONE:
            joint = "," if header == "Cache-Tag" else " "
            response.headers[header] = joint.join(map(write_edge_tag, dict.fromkeys(tags)))

    def answer(self, page: Any) -> HttpResponseBase:
        response = self.response
        if response is None:
            status, headers, content = page
            if self.match is not None:  # for who counts and logs requests by their views
                self.request.resolver_match = self.match
            response = HttpResponse(status=status)
            response.headers._store = dict(headers)  # as they were checked when the view's response took them
            response.content = content
        if "HTTP_IF_NONE_MATCH" in self.request.META and response.has_header("ETag"):
            etag = response.headers["ETag"]
            told: HttpResponseBase = get_conditional_response(self.request, etag=etag, response=response)
            return told
        return response


def _write_cache_control(policy: PagePolicy) -> str:
    """Browsers ask each time, and are told 304: they cannot be purged. Edges keep what they can be told to drop."""
    if policy.audience != EVERYONE:
        return "private, max-age=0, must-revalidate"
    if not policy.edge_seconds:
        return "public, max-age=0, must-revalidate"
    stale = f", stale-while-revalidate={policy.stale:.0f}" if policy.stale else ""
    return f"public, max-age=0, s-maxage={policy.edge_seconds}{stale}"


def answer_page(asked: Asked, make: Callable[[], Any]) -> HttpResponseBase:
    """From the cache, or from `make`."""

    def make_page() -> Made:
        asked.begin()
        with collect_tags() as further:
            response = make()
            if hasattr(response, "render") and not response.is_rendered:
                response = response.render()
        return asked.settle(response, further, kept=may_keep())

    return asked.answer(run_steps(asked.wanted, make_page, asked.note))


async def aanswer_page(asked: Asked, make: Callable[[], Any]) -> HttpResponseBase:
    """From the cache, or from `make`."""

    async def make_page() -> Made:
        asked.begin()
        with collect_tags() as further:
            response = await make()
            if hasattr(response, "render") and not response.is_rendered:
                response = response.render()
        return asked.settle(response, further, kept=True)

    return asked.answer(await arun_steps(asked.wanted, make_page, asked.note))


def cache_view(
    seconds: float,
    *,
    stale: float = 0,
    tags: Iterable[Tagged] | Callable[..., Iterable[Tagged]] = (),
    query: Iterable[str] = (),
    headers: Iterable[str] = (),
    audience: Literal["everyone", "anonymous", "each"] = "anonymous",
    vary: Callable[[HttpRequest], str] | None = None,
    edge_seconds: int = 0,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Keep answers to GET for `seconds`, and for `stale` more while one request makes the next.

    `tags`: what the page shows (or a function of the view's arguments that tells); a change takes it back. `query`:
    the parameters that the page depends on; the view sees no others. `headers`: request headers likewise.
    `audience`: "anonymous" keeps what visitors without a session see, and asks the view for everybody else;
    "everyone" is for pages that show nothing of the user; "each" keeps one for each user. `vary`: what else the
    page depends on, as text. `edge_seconds` lets shared caches before the site keep it (audience "everyone").
    """
    policy = PagePolicy(
        seconds,
        stale,
        tags if callable(tags) else tuple(tags),
        tuple(query),
        tuple(headers),
        audience,
        vary,
        edge_seconds,
    )

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        make: Callable[..., Any] = _make_async if iscoroutinefunction(view) else _make_sync
        done: Any = wraps(view)(make(policy, view))
        done.tenfold_cached_view = CachedView(policy, done)
        return done

    return decorate


def _make_sync(policy: PagePolicy, view: Callable[..., Any]) -> Callable[..., Any]:
    def cached(request: Any, *args: Any, **kwargs: Any) -> Any:
        def ask_view() -> Any:
            watch_user(policy, request)
            return view(request, *args, **kwargs)

        if _is_outside(request):
            request.tenfold_page_asked = True
            return ask_view()
        if not may_be_answered(policy, request):
            return ask_view()
        return answer_page(Asked(policy, request, args, kwargs, outside=False), ask_view)

    return cached


def _make_async(policy: PagePolicy, view: Callable[..., Any]) -> Callable[..., Any]:
    async def cached(request: Any, *args: Any, **kwargs: Any) -> Any:
        async def ask_view() -> Any:
            watch_user(policy, request)
            return await view(request, *args, **kwargs)

        if _is_outside(request):
            request.tenfold_page_asked = True
            return await ask_view()
        if policy.audience == EACH and request.method == "GET":
            request.user = await request.auser()
        if not may_be_answered(policy, request):
            return await ask_view()
        return await aanswer_page(Asked(policy, request, args, kwargs, outside=False), ask_view)

    return markcoroutinefunction(cached)


def _is_outside(request: Any) -> bool:
    """Whether the middleware has this request in hand; it is told there whether the view ran."""
    return hasattr(request, "tenfold_page_asked")


class CachedPage:
    """For class-based views: `class ProductList(CachedPage, ListView): cache_page = {"seconds": 300, ...}`, the
    arguments of `cache_view`."""

    cache_page: dict[str, Any]

    @classonlymethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        return cache_view(**cls.cache_page)(super().as_view(**initkwargs))  # type: ignore[misc]

"""What one cached view shows, and so what its entries are told apart by."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, get_language_from_request

from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.tagged import name_tags
from django_tenfold.cache.writes import require_watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest

    from django_tenfold.cache.tags.tagged import Tagged

EVERYONE, ANONYMOUS, EACH = "everyone", "anonymous", "each"
LOCALE = "django.middleware.locale.LocaleMiddleware"


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """The arguments of `cache_view`."""

    seconds: float
    stale: float = 0
    tags: Iterable[Tagged] | Callable[..., Iterable[Tagged]] = ()
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    audience: Literal["everyone", "anonymous", "each"] = "anonymous"
    vary: Callable[[HttpRequest], str] | None = None
    edge_seconds: int = 0


def may_be_answered(policy: PagePolicy, request: HttpRequest) -> bool:
    """Whether this request may get what others got: a GET of somebody the page is made for."""
    if request.method != "GET" or "HTTP_AUTHORIZATION" in request.META:
        return False
    if policy.audience == EVERYONE or "HTTP_COOKIE" not in request.META:
        return True
    cookies = request.COOKIES
    if policy.audience == EACH:  # what a visitor's session holds, a cart, belongs to no user to tell it by
        return settings.SESSION_COOKIE_NAME not in cookies or request.user.pk is not None
    return settings.SESSION_COOKIE_NAME not in cookies and "messages" not in cookies


def name_page(policy: PagePolicy, request: HttpRequest, *, outside: bool) -> str:
    """The key of what the request asks for. Raises DisallowedHost. `outside`: no other middleware ran yet."""
    told = [
        options().release,
        request.scheme,
        request.get_host(),
        request.path,
        _name_language(request, outside=outside),
        "" if outside else name_zone(),
    ]
    if policy.query and request.META.get("QUERY_STRING"):
        for name in policy.query:
            told += [f"{name}={value}" for value in request.GET.getlist(name)]
    told += [request.headers.get(name, "") for name in policy.headers]
    if policy.vary is not None:
        told.append(policy.vary(request))
    if policy.audience == EACH:
        told.append(str(request.user.pk))
    told.append("outside" if outside else policy.audience)
    return f"tenfold.page.{blake2b(repr(told).encode(), digest_size=16).hexdigest()}"


def _name_language(request: HttpRequest, *, outside: bool) -> str:
    if not settings.USE_I18N:
        return ""
    if outside and LOCALE in settings.MIDDLEWARE:
        return str(get_language_from_request(request))
    return get_language() or ""


def name_zone() -> str:
    """The time zone that times are shown in; what middleware activated, where it ran already."""
    return str(timezone.get_current_timezone_name()) if settings.USE_TZ else ""


def find_page_tags(
    policy: PagePolicy, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, ...]:
    """Raises ImproperlyConfigured for a model that is not watched."""
    of = policy.tags
    found = tuple(of(request, *args, **kwargs) if callable(of) else of)
    require_watched(found)
    return name_tags(found)


def hide_other_parameters(policy: PagePolicy, request: HttpRequest) -> str:
    """What is kept for all must not show the parameters of one. Returns the query string as it was."""
    before = str(request.META.get("QUERY_STRING", ""))
    if before:
        left = QueryDict(mutable=True)
        for name in policy.query:
            if name in request.GET:
                left.setlist(name, request.GET.getlist(name))
        request.META["QUERY_STRING"] = left.urlencode()
        left._mutable = False
        request.GET = left
    return before

"""What may be answered before Django: where no middleware outside of the cache would have had a say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from django_tenfold.cache.kept_pages import NOT_KEPT
from django_tenfold.cache.pages.policy import EVERYONE, LOCALE
from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.cache.pages.policy import PagePolicy

PAGES = "django_tenfold.cache.middleware.PageCacheMiddleware"
_COMMON = "django.middleware.common.CommonMiddleware"
_COUNTING = "django_tenfold.observability.middleware.RequestMiddleware"
_KNOWN = frozenset(
    {
        LOCALE,
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "django_tenfold.api.compression.CompressionMiddleware",
        "django_tenfold.observability.health_middleware.HealthMiddleware",
        _COUNTING,
        "whitenoise.middleware.WhiteNoiseMiddleware",
    }
)
"""What they refuse or redirect depends on host, scheme and path, what they add on those and on headers in `Vary`."""


def find_obstacle() -> str:
    """Why nothing can be answered before Django in this project, or nothing."""
    if not options().front_bytes:
        return 'TENFOLD_CACHE["front_bytes"] is 0'
    if PAGES not in settings.MIDDLEWARE:
        return f"MIDDLEWARE has no {PAGES}: what it keeps is what can be answered"
    outside = settings.MIDDLEWARE[: settings.MIDDLEWARE.index(PAGES)]
    passed = {*_KNOWN, *options().passed_middleware}
    if not settings.DISALLOWED_USER_AGENTS:
        passed.add(_COMMON)
    unknown = [one for one in outside if one not in passed]
    if unknown:
        return (
            f"{unknown[0]} stands before PageCacheMiddleware and may refuse requests: put it after, or, if no answer of"
            ' it depends on who asks, into TENFOLD_CACHE["passed_middleware"]'
        )
    return ""


def name_headers() -> tuple[str, ...]:
    """Headers that Django's answer to any request may depend on, in lower case."""
    names = []
    if settings.USE_X_FORWARDED_HOST:
        names.append("x-forwarded-host")
    if settings.USE_X_FORWARDED_PORT:
        names.append("x-forwarded-port")
    if settings.SECURE_PROXY_SSL_HEADER:
        names.append(settings.SECURE_PROXY_SSL_HEADER[0].removeprefix("HTTP_").replace("_", "-").lower())
    if settings.USE_I18N and LOCALE in settings.MIDDLEWARE:
        names.append("accept-language")
    return tuple(names)


def name_refused_cookies(policy: PagePolicy) -> tuple[str, ...]:
    """Whose senders are answered by Django."""
    names = [] if policy.audience == EVERYONE else [settings.SESSION_COOKIE_NAME, "messages"]
    if settings.USE_I18N and LOCALE in settings.MIDDLEWARE:
        names.append(settings.LANGUAGE_COOKIE_NAME)
    return tuple(names)


def name_id_header() -> str:
    """Whose value is the request's own, in an answer of the block `observability` and of most others alike."""
    told = getattr(settings, "TENFOLD_OBSERVABILITY", {})
    return str(told.get("request_id_header", "X-Request-ID"))


def trusts_ids() -> bool:
    """Whether a request's own id is taken over."""
    return bool(getattr(settings, "TENFOLD_OBSERVABILITY", {}).get("trust_request_id", True))


def counts_requests() -> bool:
    """Whether the block `observability` counts what PageCacheMiddleware answers."""
    return _COUNTING in settings.MIDDLEWARE[: settings.MIDDLEWARE.index(PAGES)]


def may_be_kept(policy: PagePolicy, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether Django's whole answer, which a kept page was part of, is one for all who ask alike."""
    if policy.vary is not None:
        return False
    for name, value in headers:
        lower = name.lower()
        if lower == "set-cookie" or (lower == "vary" and "*" in value):
            return False
        if lower == "vary" and policy.audience == EVERYONE and "cookie" in value.lower():
            return False
    return True


def name_varying(policy: PagePolicy, headers: Iterable[tuple[str, str]]) -> list[str]:
    """Headers that tell the answers of this path apart, in lower case.

    `Vary: Cookie` is no such: who sends a cookie that counts is refused by its name.
    """
    names = [name.lower() for name in policy.headers]
    for name, value in headers:
        if name.lower() == "vary":
            varying = (one.strip().lower() for one in value.split(","))
            names += [one for one in varying if one not in ("cookie", "")]
    return [*dict.fromkeys(names)]


def choose_headers(headers: Iterable[tuple[str, str]], body: bytes) -> list[Any]:
    """Those that every answer has, with the length."""
    own = {*NOT_KEPT, name_id_header().lower()}
    kept = [one for one in headers if one[0].lower() not in own]
    return [*kept, ("Content-Length", str(len(body)))]

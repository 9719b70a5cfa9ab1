"""Responses carry ETag, Last-Modified or Cache-Control.

Without them a browser asks for a page again and gets all of it again, on every visit; a CDN or Varnish may keep
nothing. With an ETag who has the page already is told 304 and no body: the page cache of Tenfold answers so without the
view, at a ninth of the processors' time of the list behind it (`benchmarks/view_cache.py`).
Judged are the project's middleware and whether any of its code sets such a header (`cache_control`, `condition`,
`etag`, `last_modified`, `never_cache`, `cache_page`, a header by name).
Holds when it does. Mended by

    MIDDLEWARE = ["django.middleware.http.ConditionalGetMiddleware", ...]

for every page (the view runs and the body is hashed, only the bytes are spared), or by
`@cache_view(300, tags=[Product])` of `django_tenfold.cache`, which spares the view too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Responses carry ETag, Last-Modified or Cache-Control",
    broken="No response can be revalidated or kept by a browser",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP55",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/topics/conditional-view-processing/",),
)

_MIDDLEWARE = (
    "ConditionalGetMiddleware",
    "PageCacheMiddleware",
    "UpdateCacheMiddleware",
    "CacheControlMiddleware",
    "ETagMiddleware",
)
_NAMES = frozenset(
    "condition etag last_modified cache_control cache_page never_cache patch_cache_control patch_response_headers "
    "add_never_cache_headers cache_view CachedPage conditional_page ETAGMixin CacheResponseMixin cache_response".split()
)
_HEADERS = frozenset({"Cache-Control", "ETag", "Last-Modified", "Surrogate-Control", "cache-control", "etag"})


def check(project: Project) -> Iterator[Judgement]:
    middleware = project.settings.entries("MIDDLEWARE")
    if not any(route.own for route in project.urls.routes):
        yield NotApplicable("no view of the project's own was found")
        return
    if any(isinstance(entry.value, Undetermined) for entry in middleware) or not middleware:
        yield CannotTell("MIDDLEWARE could not be read whole")
        return
    if any(isinstance(entry.value, str) and entry.value.endswith(_MIDDLEWARE) for entry in middleware):
        return
    always = [entry for entry in middleware if not entry.condition] or list(middleware)
    own = [str(entry.value) for entry in middleware if project.source.find(str(entry.value))]
    if _sets_headers(project):
        return
    yield practice.finding(
        always[0].where,
        "No middleware and no view sets ETag, Last-Modified or Cache-Control: browsers load every page anew, and no"
        " cache before the site may keep one.",
        remedy='"django.middleware.http.ConditionalGetMiddleware" in MIDDLEWARE, behind what compresses; or @cache_view'
        " of django_tenfold.cache on public pages",
        symbol="MIDDLEWARE",
        proof=f"{len(middleware)} middleware, {len(own)} of them of the project's own, and no header set by code",
    )


def _sets_headers(project: Project) -> bool:
    for module in project.source:
        if any(record.name in _NAMES for record in module.imports) or not _HEADERS.isdisjoint(module.strings):
            return True
    return False


_SETTINGS = """
    ROOT_URLCONF = "config.urls"
    MIDDLEWARE = [
        {}"django.middleware.common.CommonMiddleware",
    ]
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("", views.home, name="home")]
"""
_VIEW = """
    from django.http import HttpResponse


    def home(request):
        return HttpResponse("Welcome")
"""
EXAMPLES = (
    Breaks(
        {"config/settings.py": _SETTINGS.format(""), "config/urls.py": _URLS, "shop/views.py": _VIEW},
        at="config/settings.py:3",
    ),
    Holds(
        {
            "config/settings.py": _SETTINGS.format(
                '"django.middleware.http.ConditionalGetMiddleware",\n        '
            ),
            "config/urls.py": _URLS,
            "shop/views.py": _VIEW,
        }
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS.format(""),
            "config/urls.py": _URLS,
            "shop/views.py": """
                from django.http import HttpResponse
                from django.views.decorators.cache import cache_control


                @cache_control(public=True, max_age=3600)
                def home(request):
                    return HttpResponse("Welcome")
            """,
        },
        because="the view says itself for how long it may be kept",
    ),
)

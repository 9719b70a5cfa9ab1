"""Expensive pages that are the same for all are cached.

A public list costs its queries, its objects and its template for each visitor, though all see the same: twenty reviews
with their book by REST framework take nine times the processors' time of a hit in the page cache of Tenfold
(`benchmarks/view_cache.py`).
Judged is whether a project that lists tables which grow keeps anything at all: a view (`cache_page`, `cache_view`,
`CachedPage`), a template's fragment, a value (`django.core.cache`), or the whole site by middleware. A preview: which
page is worth it, only measuring tells.
Holds when something is cached. Mended by

    @cache_view(300, stale=60, tags=[Product], query=("page", "category"))
    def product_list(request): ...

of `django_tenfold.cache`: kept until a Product changes, computed once for all who ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import REQUEST, Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Location, Project

practice = Practice(
    __name__,
    held="Expensive pages that are the same for all are cached",
    broken="Nothing is cached",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP1", "OM8"),
    contexts=(REQUEST,),
    links=("https://docs.djangoproject.com/en/stable/topics/cache/",),
)

_MODULES = (
    "django.core.cache",
    "django.views.decorators.cache",
    "django_tenfold.cache",
    "cacheops",
    "cache_memoize",
)
_MIDDLEWARE = ("UpdateCacheMiddleware", "PageCacheMiddleware")
_TAGS = frozenset({"cache", "cached"})


def check(project: Project) -> Iterator[Judgement]:
    if _caches(project):
        return
    lists = list(_lists(project))
    if not lists:
        yield NotApplicable("no view lists rows of a table that grows")
        return
    where, name, model = lists[0]
    count = len({view for _, view, _ in lists})
    yield practice.finding(
        where,
        f"Nothing is cached: no view, fragment or value, though {name} lists {model}, a table that grows"
        f"{f', and {count - 1} more do so' if count > 1 else ''}.",
        remedy="@cache_view(300, tags=[Model], query=(...)) of django_tenfold.cache.pages on lists that are the same"
        " for all who see them",
        symbol="cache",
        proof="no code uses django.core.cache, no template {% cache %}",
        related=tuple(dict.fromkeys(place for place, _, _ in lists[1:]))[:3],
    )


def _lists(project: Project) -> Iterator[tuple[Location, str, str]]:
    """(place, view, model) of lists of tables that grow, and that requests reach."""
    relations = project.querysets.relations
    for view in project.querysets.views:
        reached = project.contexts.of(view.where.path, view.view)
        if REQUEST in reached and view.rows.model in relations.growing and "related" not in view.rows.steps:
            yield view.where, view.view, relations.name(view.rows.model)
    for given in project.querysets.rendered:
        many = given.rows.form in ("rows", "page") and "related" not in given.rows.steps
        reached = project.contexts.of(given.where.path, given.view)
        if many and REQUEST in reached and given.rows.model in relations.growing:
            yield given.where, given.view, relations.name(given.rows.model)


def _caches(project: Project) -> bool:
    for module in project.source:
        if project.contexts.files.get(module.path, frozenset()) & {"test", "migration"}:
            continue
        for record in module.imports:
            if record.module.startswith(_MODULES) and record.name not in ("never_cache", "cache_control"):
                return True
    if any(str(entry.value).endswith(_MIDDLEWARE) for entry in project.settings.entries("MIDDLEWARE")):
        return True
    return any(tag.name in _TAGS for template in project.templates.all for tag in template.tags)


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Review(models.Model):
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)


    class Unit(models.Model):
        name = models.CharField(max_length=9)
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("reviews/", views.Reviews.as_view(), name="reviews")]
"""
_VIEW = """
    from django.views.generic import ListView

    from shop.models import Review, Unit


    class Reviews(ListView):
        model = {}
        paginate_by = 20
"""
EXAMPLES = (
    Breaks(
        {"config/urls.py": _URLS, "shop/models.py": _MODELS, "shop/views.py": _VIEW.format("Review")},
        at="shop/views.py:6",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": """
                from django.views.generic import ListView
                from django_tenfold.cache.pages import CachedPage

                from shop.models import Review


                class Reviews(CachedPage, ListView):
                    model = Review
                    paginate_by = 20
                    cache_page = {"seconds": 300, "tags": [Review]}
            """,
        }
    ),
    LooksAlike(
        {"config/urls.py": _URLS, "shop/models.py": _MODELS, "shop/views.py": _VIEW.format("Unit")},
        because="a short table that somebody keeps is cheap",
    ),
)

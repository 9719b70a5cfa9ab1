"""Only the columns that are needed are read.

Of 1,000 reviews with author and book 15 ms of REST framework's 33 go into building model instances. Who needs one
column of each row and loads whole rows pays for the texts of all others, over the network and in memory.
Reported are comprehensions that read one or two plain columns of each row of a table that grows, and nothing else of
the row, in code that requests or tasks reach.
Holds when they ask for the columns: `values_list`, `values` or `only`. Mended by

    Post.objects.filter(...).values_list("author_id", flat=True)

or, for whole lists, by `ReadSerializer` and `CompiledListMixin` of `django_tenfold.api`, which ask for what they show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    REQUEST,
    TASK,
    Breaks,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowLoop

practice = Practice(
    __name__,
    held="Only the columns that are needed are read",
    broken="Whole rows are loaded for a column of each",
    impact=Impact.LOW,
    confidence=Confidence.PREVIEW,
    sources=("BP11", "BP12"),
    contexts=(REQUEST, TASK),
    links=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#values-list",),
)

_NEEDED = (".values_list", ".only")


def check(project: Project) -> Iterator[Judgement]:
    loops = [loop for loop in project.querysets.loops if _is_judged(loop, project)]
    if not loops:
        if any(call.callee.endswith(_NEEDED) for module in project.source for call in module.calls):
            return
        yield NotApplicable("no comprehension over rows of a table that grows was found")
        return
    for loop in loops:
        columns = _columns(loop, project)
        if not columns:
            continue
        name = project.querysets.relations.name(loop.rows.model)
        names = ", ".join(f'"{column}"' for column in columns)
        yield practice.finding(
            loop.where,
            f"{loop.function} loads every column of each {name} and reads {' and '.join(columns)} alone.",
            remedy=f"values_list({names}{', flat=True' if len(columns) == 1 else ''}) on the queryset",
            symbol=f"{loop.function}:{loop.rows.model}:{','.join(columns)}",
            proof=f"the comprehension reads nothing else of {loop.variable}",
        )


def _is_judged(loop: RowLoop, project: Project) -> bool:
    kind = loop.module.loops[loop.index].kind
    if kind != "comprehension" or loop.rows.model not in project.querysets.relations.growing:
        return False
    return bool(project.contexts.of(loop.where.path, loop.function) & {REQUEST, TASK})


def _columns(loop: RowLoop, project: Project) -> list[str]:
    """The columns that it reads, [] when it reads anything else of a row, or needs its rows elsewhere."""
    rows, relations = loop.rows, project.querysets.relations
    if not loop.variable or not rows.instances or {"only", "defer", "select_related"} & set(rows.steps):
        return []
    scope = loop.module.loops[loop.index].scope
    if loop.variable in loop.module.reads.get(scope, ()) or rows.start is None or not _is_asked_here(loop):
        return []
    columns = list(dict.fromkeys(touch.dotted for touch in loop.touches))
    for column in columns:
        field = relations.field(rows.model, column)
        key = relations.field(rows.model, column.removesuffix("_id")) if column.endswith("_id") else None
        plain = field is not None and not field.to and field.kind.startswith("django.db.models.")
        if column not in ("pk", "id") and key is None and not plain:
            return []
    if any(touch.call is not None for touch in loop.touches) or len(columns) > 2:
        return []
    return columns


def _is_asked_here(loop: RowLoop) -> bool:
    """Whether the queryset is made for this comprehension alone: written in it."""
    start = loop.rows.start
    iterable = loop.module.loops[loop.index].iterable
    callee = getattr(iterable, "callee", "")
    return start is not None and callee.startswith(start[2])


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Post(models.Model):
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        text = models.TextField()
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("posts/", views.posts, name="posts")]
"""
_VIEW = """
    from django.http import JsonResponse

    from shop.models import Post


    def posts(request):
        return JsonResponse({{"posts": {}}})
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format("[post.author_id for post in Post.objects.all()]"),
        },
        at="shop/views.py:7",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format(
                '[author for author in Post.objects.values_list("author_id", flat=True)]'
            ),
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format("[str(post) + post.text for post in Post.objects.all()]"),
        },
        because="the row itself is needed",
    ),
)

"""Serializers of lists ask no question for each row.

A method field that counts or filters runs its statement once for each row of a page: 100 rows with two such fields are
200 statements more, and no `select_related` helps. On a list of 1,000 rows a statement for each related object took
915 ms of the process where the list itself took 49 (`benchmarks/serializers.py`).
Reported are methods of `SerializerMethodField` that filter, count or look into a relation of their row, of serializers
that answer lists of REST framework which requests reach.
Holds when the queryset brings what is shown (`annotate`, `prefetch_related` and `all()`), or when the list is compiled:
`CompiledListMixin` of `django_tenfold.api.drf.views` with `@reads(...)` on the method. Mended by

    queryset = Post.objects.annotate(comments=Count("comment"))

or by a kept number (`Counter` of `django_tenfold.db.counters`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenfold.practice import REQUEST, Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.list_routes import COMPILED, rest_lists
from tenfold.project.model import Location
from tenfold.project.serializers import Serializers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import Rows, RowView

practice = Practice(
    __name__,
    held="Serializers of lists ask no question for each row",
    broken="A serializer asks the database for each row",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("OM3", "PT6"),
    contexts=(REQUEST,),
    links=(
        "https://www.django-rest-framework.org/api-guide/fields/#serializermethodfield",
        "https://docs.djangoproject.com/en/stable/topics/db/aggregation/",
    ),
)

_KEPT = frozenset({"all", "count", "exists"})
"""What rows that were prefetched answer without a statement."""
_ASKS = frozenset(
    "filter exclude count exists first last latest earliest aggregate get values values_list order_by".split()
)


class _Query(NamedTuple):
    """A statement for each row."""

    where: Location
    field: str
    text: str


def check(project: Project) -> Iterator[Judgement]:
    serializers = Serializers(project.source, project.querysets)
    views = list(rest_lists(project, serializers))
    if not views:
        if any(True for _ in project.source.subclasses(COMPILED)):
            return
        yield NotApplicable("no list of REST framework with a known serializer was found")
        return
    seen: set[str] = set()
    for view in views:
        found = [] if view.serializer in seen else list(_queries(project, serializers, view))
        seen.add(view.serializer)
        if found:
            yield _finding(view, found)


def _finding(view: RowView, found: list[_Query]) -> Judgement:
    name, first = view.serializer.rpartition(".")[2], found[0]
    fields = ", ".join(dict.fromkeys(query.field for query in found))
    return practice.finding(
        first.where,
        f"{name} asks the database for {fields} of every row in the list of {view.view.rpartition('.')[2]}:"
        f" {first.text} runs once for each.",
        remedy=f"let the queryset bring it ({view.defined}): annotate a Count, Exists or Subquery, or prefetch the"
        " relation and use all() of it",
        symbol=view.serializer,
        proof=f"{first.text} in a SerializerMethodField",
        related=(view.defined, *(query.where for query in found[1:3])),
    )


def _queries(project: Project, serializers: Serializers, view: RowView) -> Iterator[_Query]:
    for one in serializers.declared(view.serializer).values():
        kind = project.source.resolve(one.module, one.value.callee, one.scope)
        place = (
            serializers.method_of(one, view.serializer) if kind.endswith(".SerializerMethodField") else None
        )
        if place is None:
            continue
        module, scope = place
        parameters = module.scopes[scope].parameters
        if len(parameters) < 2 or module.scopes[scope].decorators:
            continue
        for call in module.calls:
            if call.scope == scope and call.callee.startswith(f"{parameters[1]}."):
                rest = call.callee[len(parameters[1]) + 1 :]
                if _asks(rest, view.rows, project):
                    yield _Query(Location(module.path, call.line), one.name, f"{call.callee}()")
                    break


def _asks(dotted: str, rows: Rows, project: Project) -> bool:
    """Whether `comments.filter` of a row is a statement: a relation to many, and it did not come with the rows."""
    parts = dotted.split(".")
    if len(parts) != 2 or parts[1] not in _ASKS:
        return False
    relation = project.querysets.relations.of(rows.model, parts[0])
    if relation is None or not relation.many:
        return False
    return parts[1] not in _KEPT or not rows.fetches(parts[0])


_MODELS = """
    from django.db import models


    class Post(models.Model):
        title = models.CharField(max_length=99)


    class Comment(models.Model):
        post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("posts/", views.PostList.as_view(), name="posts")]
"""
_VIEW = """
    from django.db.models import Count
    from rest_framework.generics import ListAPIView

    from shop.models import Post
    from shop.serializers import PostSerializer


    class PostList(ListAPIView):
        queryset = Post.objects.{}
        serializer_class = PostSerializer
"""
_SERIALIZER = """
    from rest_framework import serializers

    from shop.models import Post


    class PostSerializer(serializers.ModelSerializer):
        number = serializers.SerializerMethodField()

        class Meta:
            model = Post
            fields = ["title", "number"]

        def get_number(self, post):
            return {}
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format("all()"),
            "shop/serializers.py": _SERIALIZER.format("post.comments.count()"),
        },
        at="shop/serializers.py:14",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('annotate(counted=Count("comments"))'),
            "shop/serializers.py": _SERIALIZER.format("post.counted"),
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('prefetch_related("comments")'),
            "shop/serializers.py": _SERIALIZER.format("post.comments.count()"),
        },
        because="rows that came with the list are counted without a statement",
    ),
)

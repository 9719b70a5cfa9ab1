"""Related rows are fetched with the rows that they belong to.

A list that reads `post.author` of each post asks the database once for the posts and once for each author: 26
statements for 25 rows, 2,501 for 2,500. Measured on a list of 1,000 reviews with their author and book by REST
framework: 1,000 ms of processor time with a query for each related object, 52 ms with `select_related`, 7 ms compiled
(`benchmarks/serializers.py`).
Judged are lists whose queryset can be followed in the source: REST framework's list views with the relations that their
serializers read (nested serializers, `source=`, relations in `Meta.fields`, methods that read a row's relation),
`for` loops in code that requests or tasks reach, and templates that a view gives such a queryset. A relation counts as
fetched where any code on the way may fetch it: the manager, the view, a helper that it calls.
Mended by `select_related` and `prefetch_related` on the queryset; or for a whole list of REST framework by one base
class more, `CompiledListMixin` of `django_tenfold.api.drf.views`, which reads a list in one statement and each nested
list in one more, without instances:

    class PostList(CompiledListMixin, ListAPIView): ...

Holds when each relation that is read for every row is in `select_related` (one row) or `prefetch_related` (many), or
when the list is compiled by `django_tenfold.api`. Left out: loops whose queryset only running tells, and tables that
somebody keeps. Rows of one parent and loops in a model's methods, which may be few, are previews.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText
from tenfold.practice import (
    REQUEST,
    TASK,
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.list_routes import rest_lists, unfollowed_lists
from tenfold.project.model import Location
from tenfold.project.serializers import Serializers
from tenfold.project.template_loops import find_loops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowLoop, Rows
    from tenfold.project.relations import Relations

practice = Practice(
    __name__,
    held="Related rows are fetched together",
    broken="A list asks for related rows one by one",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("PT6", "BP9", "BP10", "DS11", "OM1"),
    fix=Safety.UNSAFE,
    links=(
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related",
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#prefetch-related",
    ),
)

_AUTOMATIC = ("django-auto-prefetch", "django-auto-prefetching", "django-virtual-models", "django-seal")
_UNFIXED = frozenset(
    "custom related only defer select_for_update union intersection difference raw extra".split()
)
"""Steps that a join may not stand before, or that a manager of the project's own has to take."""
_KEPT = frozenset({"contenttypes.contenttype", "sites.site"})
"""Short tables that Django itself keeps."""


@dataclass(frozen=True)
class _Missing:
    """Relations of one list that nobody fetches."""

    where: Location
    name: str
    rows: Rows
    paths: tuple[tuple[str, bool], ...]
    """(look-up, whether it leads to many)."""
    shown: str
    made: Location
    """The line that makes the queryset."""
    related: tuple[Location, ...] = ()
    sure: bool = True
    """Whether the table is known to grow with use, and the rows are not those of one parent."""


def check(project: Project) -> Iterator[Judgement]:
    querysets = project.querysets
    if not querysets.loops and not querysets.views and not querysets.rendered:
        yield NotApplicable("no list of rows of a known model was found")
        return
    for package in _AUTOMATIC:
        if package in project.dependencies:
            yield CannotTell(f"{package} may fetch what is missing")
            return
    missing = (*_views(project), *_loops(project), *_templates(project))
    for found in missing:
        yield _finding(found, querysets.relations)
    unknown = sorted(unfollowed_lists(project, Serializers(project.source, querysets)))
    if unknown and not missing:
        yield CannotTell(f"{len(unknown)} lists choose rows or serializer while they run, {unknown[0]} first")


def _finding(found: _Missing, relations: Relations) -> Judgement:
    calls = _calls(found)
    shown = [path.replace("__", ".") for path, _ in found.paths]
    names = ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
    return practice.finding(
        found.where,
        f"{found.name} reads {names} of every {relations.name(found.rows.model)} {found.shown}, and its queryset"
        " does not fetch it: a statement for each row.",
        remedy=f"add {calls} to the queryset ({found.made})",
        symbol=_symbol(found),
        proof=f"{found.made} fetches {', '.join(sorted(found.rows.eager)) or 'nothing'} with it",
        related=(found.made, *found.related) if found.made != found.where else found.related,
        confidence=Confidence.MEDIUM if found.sure else Confidence.PREVIEW,
        fixable=found.rows.start is not None and _UNFIXED.isdisjoint(found.rows.steps),
    )


def _symbol(found: _Missing) -> str:
    """What is read, and of what; without line numbers."""
    return f"{found.name}:{found.paths[0][0]}"


def _calls(found: _Missing) -> str:
    """`.select_related("author").prefetch_related("tags")`"""
    one = [path for path, many in found.paths if not many]
    many = [path for path, many in found.paths if many]
    text = f".select_related({', '.join(map(_quote, one))})" if one else ""
    return text + (f".prefetch_related({', '.join(map(_quote, many))})" if many else "")


def _quote(path: str) -> str:
    return f'"{path}"'


def _views(project: Project) -> Iterator[_Missing]:
    """REST framework's lists, by what their serializers read."""
    serializers = Serializers(project.source, project.querysets)
    for view in rest_lists(project, serializers):
        needs = [
            need
            for need in serializers.needs(view.serializer, view.rows.model)
            if not view.rows.fetches(need.path) and _end(need.path, view.rows, project) not in _KEPT
        ]
        if needs:
            yield _Missing(
                where=needs[0].where,
                name=view.serializer.rpartition(".")[2],
                rows=view.rows,
                paths=_deepest({need.path: need.many for need in needs}),
                shown=f"in the list of {view.view.rpartition('.')[2]}",
                made=view.defined,
                related=tuple(dict.fromkeys(need.where for need in needs[1:4])),
                sure=_grows(view.rows, project),
            )


def _end(path: str, rows: Rows, project: Project) -> str:
    return project.querysets.relations.follow(rows.model, tuple(path.split("__")))[0]


def _deepest(paths: dict[str, bool]) -> tuple[tuple[str, bool], ...]:
    """Without those that a longer one fetches on its way."""
    return tuple(
        (path, many)
        for path, many in paths.items()
        if not any(other.startswith(f"{path}__") for other in paths)
    )


def _loops(project: Project) -> Iterator[_Missing]:
    """`for post in posts: post.author.name`."""
    for loop in project.querysets.loops:
        if not _grows(loop.rows, project) or not loop.rows.sure:
            continue
        reached = project.contexts.of(loop.where.path, loop.function)
        if not reached & {REQUEST, TASK}:
            continue
        reads = [(touch.dotted, touch.line) for touch in loop.touches]
        found = _unfetched(reads, loop.rows, project.querysets.relations)
        if found:
            yield _Missing(
                where=Location(loop.where.path, min(found.values(), key=lambda f: f[1])[1]),
                name=loop.function,
                rows=loop.rows,
                paths=_deepest({path: many for path, (many, _) in found.items()}),
                shown="in a loop",
                made=loop.where,
                sure="related" not in loop.rows.steps and not _of_model(loop, project),
            )


def _of_model(loop: RowLoop, project: Project) -> bool:
    """Whether a method of a model loops: over rows of its one object, mostly."""
    owner = loop.function.rpartition(".")[0]
    return any(model.dotted == owner for model in project.models.all)


def _grows(rows: Rows, project: Project) -> bool:
    return rows.model in project.querysets.relations.growing


def _unfetched(reads: list[tuple[str, int]], rows: Rows, relations: Relations) -> dict[str, tuple[bool, int]]:
    """Look-up -> (many, line) of the relations that are read and not fetched."""
    found: dict[str, tuple[bool, int]] = {}
    for dotted, line in reads:
        path, many = _path_of(dotted, rows.model, relations)
        continued = many and any(other.startswith(f"{dotted}().") for other, _ in reads)
        if path and not continued and not rows.fetches(path):
            found.setdefault(path, (many, line))
    return found


def _path_of(dotted: str, label: str, relations: Relations) -> tuple[str, bool]:
    """("author__profile", False) for "author.profile.name"; ("tags", True) for "tags.all"; ("", False) for neither."""
    path: list[str] = []
    parts = dotted.split(".")
    back = ""
    for index, name in enumerate(parts):
        relation = relations.of(label, name)
        if relation is None or relation.to in _KEPT or name == back:
            break
        if relation.many:
            whole = parts[index + 1 :] in (["all"], ["all()"])
            return ("__".join((*path, name)), True) if whole else ("__".join(path), False)
        path.append(name)
        label, back = relation.to, relation.back
    return "__".join(path), False


def _templates(project: Project) -> Iterator[_Missing]:
    """Templates that loop over a queryset that a view gives them."""
    by_name = defaultdict(list)
    for template in project.templates.all:
        by_name[template.name].append(template)
    seen = set()
    for given in project.querysets.rendered:
        if given.rows.form not in ("rows", "page") or not given.rows.sure or not _grows(given.rows, project):
            continue
        if REQUEST not in project.contexts.of(given.where.path, given.view) or not given.rows.instances:
            continue
        for template in by_name.get(given.template, ()):
            for loop in find_loops(template):
                key = (template.path, loop.line, given.view)
                if loop.iterable.removesuffix(".object_list") != given.variable or key in seen:
                    continue
                seen.add(key)
                found = _unfetched(list(loop.reads), given.rows, project.querysets.relations)
                if found:
                    yield _Missing(
                        where=Location(template.path, min(found.values(), key=lambda f: f[1])[1]),
                        name=given.template,
                        rows=given.rows,
                        paths=_deepest({path: many for path, (many, _) in found.items()}),
                        shown=f"that {given.view} lists",
                        made=given.where,
                        sure="related" not in given.rows.steps,
                    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The look-ups are put behind the manager: unsafe because a join reads more columns, and a queryset that is used
    for something else as well fetches them there too."""
    for found in (*_views(project), *_loops(project), *_templates(project)):
        start = found.rows.start
        if start is not None and found.where == finding.where and _symbol(found) == finding.symbol:
            path, line, text = start
            yield ReplaceText(path, line, text, f"{text}{_calls(found)}")


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Tag(models.Model):
        name = models.CharField(max_length=50)


    class Post(models.Model):
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        tags = models.ManyToManyField(Tag)
        title = models.CharField(max_length=200)
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("posts/", views.{}, name="posts")]
"""
_SERIALIZERS = """
    from rest_framework import serializers

    from shop.models import Post


    class PostSerializer(serializers.ModelSerializer):
        author = serializers.CharField(source="author.username")

        class Meta:
            model = Post
            fields = ["title", "author", "tags"]
"""
_REST = """
    from rest_framework.generics import ListAPIView

    from shop.models import Post
    from shop.serializers import PostSerializer


    class PostList(ListAPIView):
        queryset = Post.objects{}.all()
        serializer_class = PostSerializer
"""
_FETCHED = '.select_related("author").prefetch_related("tags")'
_LOOP = """
    from django.http import JsonResponse

    from shop.models import Post


    def posts(request):
        found = Post.objects{}.order_by("-id")[:100]
        return JsonResponse({{"posts": [[post.title, post.author.username] for post in found]}})
"""
_SHOWN = """
    from django.views.generic import ListView

    from shop.models import Post


    class Posts(ListView):
        {}
        paginate_by = 50
        template_name = "posts.html"
"""
_TEMPLATE = "{% for post in object_list %}<p>{{ post.title }} {{ post.author.username }}</p>{% endfor %}"

EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS.format("PostList.as_view()"),
            "shop/models.py": _MODELS,
            "shop/serializers.py": _SERIALIZERS,
            "shop/views.py": _REST.format(""),
        },
        at="shop/serializers.py:7",
        fixed={"shop/views.py": _REST.format(_FETCHED)},
    ),
    Breaks(
        {
            "config/urls.py": _URLS.format("posts"),
            "shop/models.py": _MODELS,
            "shop/views.py": _LOOP.format(""),
        },
        at="shop/views.py:8",
        fixed={"shop/views.py": _LOOP.format('.select_related("author")')},
    ),
    Breaks(
        {
            "config/urls.py": _URLS.format("Posts.as_view()"),
            "shop/models.py": _MODELS,
            "shop/views.py": _SHOWN.format("model = Post"),
            "shop/templates/posts.html": _TEMPLATE,
        },
        at="shop/templates/posts.html:1",
    ),
    Holds(
        {
            "config/urls.py": _URLS.format("PostList.as_view()"),
            "shop/models.py": _MODELS,
            "shop/serializers.py": _SERIALIZERS,
            "shop/views.py": _REST.format(_FETCHED),
        }
    ),
    Holds(
        {
            "config/urls.py": _URLS.format("Posts.as_view()"),
            "shop/models.py": _MODELS,
            "shop/views.py": _SHOWN.format('queryset = Post.objects.select_related("author")'),
            "shop/templates/posts.html": _TEMPLATE,
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS.format("PostList.as_view()"),
            "shop/models.py": _MODELS,
            "shop/serializers.py": _SERIALIZERS,
            "shop/views.py": """
                from django_tenfold.api.drf.views import CompiledListMixin
                from rest_framework.generics import ListAPIView

                from shop.models import Post
                from shop.serializers import PostSerializer


                class PostList(CompiledListMixin, ListAPIView):
                    queryset = Post.objects.all()
                    serializer_class = PostSerializer
            """,
        },
        because="the compiled list asks for the columns of related rows in its own statements",
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS.format("posts"),
            "shop/models.py": f"""{_MODELS}

    class PostQuerySet(models.QuerySet):
        def shown(self):
            return self.with_author().filter(title__gt="")

        def with_author(self):
            return self.select_related("author")


    class Note(models.Model):
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        objects = PostQuerySet.as_manager()
""",
            "shop/views.py": """
                from django.http import JsonResponse

                from shop.models import Note, Post


                def posts(request):
                    names = [note.author.username for note in Note.objects.shown()]
                    keys = [post.author_id for post in Post.objects.all()]
                    return JsonResponse({"names": names, "keys": keys})
            """,
        },
        because="a method of the manager fetches the author, and a key is a column of the row",
    ),
    LooksAlike(
        {
            "shop/models.py": _MODELS,
            "shop/management/commands/report.py": """
                from django.core.management.base import BaseCommand

                from shop.models import Post


                class Command(BaseCommand):
                    def handle(self, **options):
                        for post in Post.objects.all():
                            self.stdout.write(post.author.username)
            """,
        },
        because="nobody waits for a command",
    ),
)

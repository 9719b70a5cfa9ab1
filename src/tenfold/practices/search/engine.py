"""Text search asks an index.

`icontains` compares the text of every row, knows neither word forms nor relevance and forgives no typo: no ordinary
index serves it. Among a million generated reviews the search block of Tenfold answers half of all searches within 17 ms
with total, facets and highlights, 42 times faster than `icontains` at the median (`benchmarks/search.py`).
Reported are `icontains`, `contains` and regular expressions over text columns in code that requests reach, on tables of
users, of rows that belong to users or of rows stamped when they are made; what is compared has to come from outside of
the code. A queryset that was narrowed before, `search_fields` of REST framework's SearchFilter and those of the admin
are previews.
Holds when such tables are searched by an index: `django_tenfold.search`, PostgreSQL's full text search
(`SearchVector`, `SearchQuery`), a search engine, or a trigram index (`gin_trgm_ops`) on the columns.
Mended by an index beside the table, kept fresh by triggers:

    class ReviewIndex(SearchIndex):
        model = "shop.Review"
        text = {"title": "A", "body": "B"}

    found = search(ReviewIndex, request.GET["q"])
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.practice import (
    REQUEST,
    Breaks,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.model import Location
from tenfold.project.source import Invoke, Items, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import RowCall
    from tenfold.project.source import Module, Value

practice = Practice(
    __name__,
    held="Text search asks an index",
    broken="A search compares the text of every row",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("DS17", "OM6"),
    contexts=(REQUEST,),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/contrib/postgres/search/",
        "https://www.postgresql.org/docs/current/pgtrgm.html",
    ),
)

_LOOKUPS = frozenset({"icontains", "contains", "iregex", "regex"})
_TEXT = ("CharField", "TextField", "EmailField", "SlugField", "URLField", "CICharField", "CITextField")
_ENGINES = (
    *(
        "django-haystack",
        "elasticsearch-dsl",
        "django-elasticsearch-dsl",
        "django-opensearch-dsl",
        "meilisearch",
    ),
    *("elasticsearch", "opensearch-py", "algoliasearch-django", "typesense", "django-watson"),
)
_SEARCHES = ("SearchVector", "SearchQuery", "SearchIndex", "TrigramSimilarity", "TrigramWordSimilarity")
_REMEDY = (
    "declare a SearchIndex of django_tenfold.search on {model} and ask `search(...)`; or an index for trigrams:"
    ' GinIndex(OpClass(Upper("{column}"), name="gin_trgm_ops"), name="...") with the extension pg_trgm'
)


def check(project: Project) -> Iterator[Judgement]:
    calls = list(_searches(project))
    lists = [*_search_filters(project), *_admins(project)]
    if not calls and not lists and not _has_engine(project):
        yield NotApplicable("nothing searches text")
        return
    by_function: dict[tuple[str, str], list[tuple[RowCall, list[str]]]] = defaultdict(list)
    for call, columns in calls:
        by_function[(call.function, call.rows.model)].append((call, columns))
    for found in by_function.values():
        yield _finding(project, found)
    yield from lists


def _has_engine(project: Project) -> bool:
    if any(name in project.dependencies for name in _ENGINES):
        return True
    return any(record.name in _SEARCHES for module in project.source for record in module.imports)


def _finding(project: Project, found: list[tuple[RowCall, list[str]]]) -> Judgement:
    call, columns = found[0]
    model = project.querysets.relations.name(call.rows.model)
    narrowed = call.rows.narrowed or call.rows.sliced or not call.rows.sure
    names = ", ".join(dict.fromkeys(name for _, each in found for name in each))
    return practice.finding(
        call.where,
        f"{call.function} answers requests and compares {names} with every row of {model}: no ordinary index serves it,"
        " so a search takes as long as the table is.",
        remedy=_REMEDY.format(model=model, column=columns[0].rpartition("__")[0]),
        symbol=f"{call.function}:{call.rows.model}",
        proof="runs in requests",
        related=tuple(other.where for other, _ in found[1:4]),
        confidence=Confidence.PREVIEW if narrowed else Confidence.MEDIUM,
    )


def _searches(project: Project) -> Iterator[tuple[RowCall, list[str]]]:
    """Calls that compare text of tables that grow, with their look-ups."""
    relations = project.querysets.relations
    indexed = _apps_with_trigrams(project)
    for call in project.querysets.calls:
        if call.method not in ("filter", "exclude") or call.rows.model not in relations.growing:
            continue
        given = list(_given(call.call.args, call.call.keywords, _named(call)))
        if any(name in ("id", "pk") or name.endswith(("_id", "__pk")) for name, _ in given):
            continue
        found = [
            name for name, value in given if _from_outside(value, call) and _is_text(name, call, project)
        ]
        if not found or REQUEST not in project.contexts.of(call.where.path, call.function):
            continue
        if call.rows.model.partition(".")[0] not in indexed:
            yield call, found


def _given(
    values: tuple[Value, ...],
    keywords: tuple[tuple[str | None, Value], ...],
    named: Mapping[str, tuple[Value, ...]],
) -> Iterator[tuple[str, Value]]:
    """Conditions of a `filter` call, those of the Q objects in it as well, with what they are compared to. `named` are
    the values of the function's names."""
    yield from ((name, value) for name, value in keywords if name)
    for value in values:
        if isinstance(value, Name) and value.dotted in named:
            others = {name: each for name, each in named.items() if name != value.dotted}
            yield from _given(named[value.dotted], (), others)
        elif isinstance(value, Operation):
            yield from _given(value.values, (), named)
        elif isinstance(value, Invoke) and value.callee.rpartition(".")[2] == "Q":
            yield from _given(value.args, value.keywords, named)


def _from_outside(value: Value, call: RowCall) -> bool:
    """Whether it may be what a visitor typed: no text of the code's own."""
    if isinstance(value, Name):
        assigned = [a.value for a in call.module.assignments if a.target == value.dotted]
        return not value.dotted.isupper() and not (
            assigned and all(isinstance(each, str) for each in assigned)
        )
    return not isinstance(value, str)


def _named(call: RowCall) -> dict[str, tuple[Value, ...]]:
    """What the names that the call is given were assigned."""
    if not any(isinstance(value, Name | Operation) for value in call.call.args):
        return {}
    found: dict[str, tuple[Value, ...]] = {}
    for assigned in call.module.assignments:
        if assigned.scope == call.call.scope and isinstance(assigned.value, Invoke | Operation):
            found[assigned.target] = (*found.get(assigned.target, ()), assigned.value)
    return found


def _is_text(lookup: str, call: RowCall, project: Project) -> bool:
    *path, compared = lookup.split("__")
    if compared not in _LOOKUPS:
        return False
    _, field, _ = project.querysets.relations.follow(call.rows.model, tuple(path))
    return field is not None and field.kind.rpartition(".")[2] in _TEXT and not field.option("choices")


def _apps_with_trigrams(project: Project) -> set[str]:
    """Labels of the apps whose files name an operator class for trigrams."""
    folders = {
        m.path.split("/migrations/")[0].rpartition("/")[2]
        for m in project.source
        if "gin_trgm_ops" in m.strings
    }
    folders |= {
        m.path.rpartition("/")[0].rpartition("/")[2] for m in project.source if "gin_trgm_ops" in m.strings
    }
    return {folder.lower() for folder in folders}


def _texts(value: Value) -> list[str]:
    return [each for each in value.values if isinstance(each, str)] if isinstance(value, Items) else []


def _search_filters(project: Project) -> Iterator[Judgement]:
    """`search_fields` of REST framework's views, whose first letter says how they are compared."""
    relations = project.querysets.relations
    for view in project.querysets.views:
        if not view.rest or view.rows.model not in relations.growing:
            continue
        place = project.source.find(view.view)
        assigned = place[0].attributes(place[1]).get("search_fields") if place else None
        if place is None or assigned is None:
            continue
        columns = [text for text in _texts(assigned.value) if text[:1] not in "^=@"]
        if columns and REQUEST in project.contexts.of(view.where.path, view.view):
            model = relations.name(view.rows.model)
            yield practice.finding(
                Location(place[0].path, assigned.line),
                f"{view.view.rpartition('.')[2]} lets visitors search {', '.join(columns)} of {model} by icontains,"
                " which reads every row that its queryset has.",
                remedy=_REMEDY.format(model=model, column=columns[0]),
                symbol=view.view,
                confidence=Confidence.PREVIEW,
            )


def _admins(project: Project) -> Iterator[Judgement]:
    """`search_fields` of the admin over tables that grow, named together once."""
    found = []
    for module, scope in project.source.subclasses("django.contrib.admin.ModelAdmin"):
        assigned = module.attributes(scope).get("search_fields")
        columns = [text for text in _texts(assigned.value) if text[:1] not in "^=@"] if assigned else []
        model = _registered(project, module, scope)
        if assigned and columns and model in project.querysets.relations.growing:
            found.append((Location(module.path, assigned.line), module.scopes[scope].name, columns))
    if not found:
        return
    where, _, columns = found[0]
    names = ", ".join(each for _, each, _ in found[:5]) + (
        f" and {len(found) - 5} more" if len(found) > 5 else ""
    )
    yield practice.finding(
        where,
        f"The admin searches growing tables by icontains: {names} ({columns[0]} first).",
        remedy='begin the column with "^" or "=" where a prefix or the whole text is enough'
        f' (search_fields = ["^{columns[0]}"]), or give it a trigram index',
        symbol="admin",
        impact=Impact.LOW,
        confidence=Confidence.PREVIEW,
        related=tuple(place for place, _, _ in found[1:4]),
    )


def _registered(project: Project, module: Module, scope: int) -> str:
    """Label of the model of `@admin.register(Model)`, "" otherwise."""
    for decorator in module.scopes[scope].decorators:
        if isinstance(decorator, Invoke) and decorator.callee.endswith("register") and decorator.args:
            first = decorator.args[0]
            dotted = project.source.resolve(module, first.dotted) if isinstance(first, Name) else ""
            model = next((m for m in project.models.all if m.dotted == dotted), None)
            return model.label.lower() if model else ""
    return ""


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Review(models.Model):
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        title = models.CharField(max_length=200)
        body = models.TextField()
        kind = models.CharField(max_length=9, choices=[("a", "A")])


    class Country(models.Model):
        name = models.CharField(max_length=99)
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("find/", views.find, name="find")]
"""
_VIEW = """
    from django.db.models import Q
    from django.http import JsonResponse

    from shop.models import Country, Review


    def find(request):
        word = request.GET["q"]
        found = {}
        return JsonResponse({{"found": list(found.values("title"))}})
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format(
                "Review.objects.filter(Q(title__icontains=word) | Q(body__icontains=word))"
            ),
        },
        at="shop/views.py:9",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/search.py": """
                from django_tenfold.search.index import SearchIndex


                class ReviewIndex(SearchIndex):
                    model = "shop.Review"
                    text = {"title": "A", "body": "B"}
            """,
            "shop/views.py": """
                from django.http import JsonResponse
                from django_tenfold.search.searching import search

                from shop.search import ReviewIndex


                def find(request):
                    found = search(ReviewIndex, request.GET["q"])
                    return JsonResponse({"found": [hit.key for hit in found.hits]})
            """,
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format("Country.objects.filter(name__icontains=word)"),
        },
        because="a short table that somebody keeps",
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format(
                'Review.objects.filter(title__icontains="[hidden]", kind__contains=word)'
            ),
        },
        because="nobody searches: a text of the code's own, and a choice",
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/migrations/0002_trigrams.py": """
                from django.contrib.postgres.indexes import GinIndex, OpClass
                from django.db import migrations
                from django.db.models.functions import Upper


                class Migration(migrations.Migration):
                    operations = [
                        migrations.AddIndex(
                            "review", GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="review_title")
                        )
                    ]
            """,
            "shop/views.py": _VIEW.format("Review.objects.filter(title__icontains=word)"),
        },
        because="an index of trigrams serves icontains",
    ),
)

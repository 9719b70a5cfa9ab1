"""Numbers of rows without bound are kept, not counted.

A count reads every row that it counts: 172 to 270 ms for five million, 0.08 ms for a number that is kept. In a list it
is a join and a GROUP BY over the whole of both tables before the first row is shown, or a statement for each row.
Reported are `annotate(Count(...))` over a relation whose rows grow with use, on querysets in code that requests reach,
and `.count()` of such a relation for each row of a loop; a preview, as relations stay short in many projects.
Holds when lists show numbers that are kept. Mended by

    reviews_of_product = Counter("reviews_of_product", "shop.Review", by="product")
    Product.objects.annotate(reviews=reviews_of_product.of("pk"))

of `django_tenfold.db.counters`: triggers keep it right for every kind of write, and writers never wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.practice import REQUEST, Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice
from tenfold.project.source import Invoke

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.querysets import RowCall
    from tenfold.project.source import Value

practice = Practice(
    __name__,
    held="Numbers of rows without bound are kept",
    broken="A list counts rows that grow without bound",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("DS13", "OM12"),
    contexts=(REQUEST,),
    links=("https://docs.djangoproject.com/en/stable/topics/db/aggregation/",),
)

_COUNTER = "django_tenfold.db.counters.Counter"


def check(project: Project) -> Iterator[Judgement]:
    counted = [*_annotated(project), *_in_loops(project)]
    if not counted and not any(True for _ in project.source.calls_to(_COUNTER)):
        yield NotApplicable("no list counts rows of another table")
        return
    by_number: dict[tuple[str, str], list[tuple[Location, str]]] = defaultdict(list)
    for where, function, model, relation in counted:
        by_number[model, relation.partition("__")[0]].append((where, function))
    for (model, relation), found in by_number.items():
        where, function = found[0]
        yield practice.finding(
            where,
            f"{function} counts {relation} of every {model}, whose number grows without bound.",
            remedy=f'keep the number: Counter("{relation}_of_{model.lower()}", ...) of django_tenfold.db.counters, and'
            " annotate its of(...)",
            symbol=f"{model}:{relation}",
            proof=f"{relation} leads to a table that grows with use; counted in {len(found)} places",
            related=tuple(dict.fromkeys(place for place, _ in found[1:] if place != where))[:3],
        )


def _annotated(project: Project) -> Iterator[tuple[Location, str, str, str]]:
    relations = project.querysets.relations
    for call in project.querysets.calls:
        if call.method != "annotate" or REQUEST not in project.contexts.of(call.where.path, call.function):
            continue
        if call.rows.form != "rows" or {"values", "values_list", "related"} & set(call.rows.steps):
            continue
        for value in (*call.call.args, *(value for _, value in call.call.keywords)):
            path = _counted(value, call)
            label, _, many = (
                relations.follow(call.rows.model, tuple(path.split("__"))) if path else ("", None, False)
            )
            if many and label in relations.growing:
                yield call.where, call.function, relations.name(call.rows.model), path
                break


def _counted(value: Value, call: RowCall) -> str:
    """The look-up that a `Count("...")` without a condition counts, "" for anything else."""
    if not isinstance(value, Invoke) or value.callee.rpartition(".")[2] != "Count" or not value.args:
        return ""
    first = value.args[0]
    return first if isinstance(first, str) else ""


def _in_loops(project: Project) -> Iterator[tuple[Location, str, str, str]]:
    relations = project.querysets.relations
    for loop in project.querysets.loops:
        if REQUEST not in project.contexts.of(loop.where.path, loop.function) or "related" in loop.rows.steps:
            continue
        for touch in loop.touches:
            name, _, method = touch.dotted.partition(".")
            relation = (
                relations.of(loop.rows.model, name) if method == "count" and touch.call is not None else None
            )
            if relation is None or not relation.many or relation.to not in relations.growing:
                continue
            if not loop.rows.fetches(name):
                yield loop.where, loop.function, relations.name(loop.rows.model), name
                break


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Product(models.Model):
        name = models.CharField(max_length=99)


    class Review(models.Model):
        product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
        author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)


    class Part(models.Model):
        product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="parts")
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("products/", views.products, name="products")]
"""
_VIEW = """
    from django.db.models import Count
    from django.http import JsonResponse

    from shop.models import Product


    def products(request):
        found = Product.objects.annotate(number={})
        return JsonResponse({{"products": list(found.values("name", "number"))}})
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('Count("reviews")'),
        },
        at="shop/views.py:8",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/counters.py": """
                from django_tenfold.db.counters import Counter

                reviews_of_product = Counter("reviews_of_product", "shop.Review", by="product")
            """,
            "shop/views.py": """
                from django.http import JsonResponse

                from shop.counters import reviews_of_product
                from shop.models import Product


                def products(request):
                    found = Product.objects.annotate(number=reviews_of_product.of("pk"))
                    return JsonResponse({"products": list(found.values("name", "number"))})
            """,
        }
    ),
    LooksAlike(
        {"config/urls.py": _URLS, "shop/models.py": _MODELS, "shop/views.py": _VIEW.format('Count("parts")')},
        because="the parts of a product are few, and no visitor adds one",
    ),
)

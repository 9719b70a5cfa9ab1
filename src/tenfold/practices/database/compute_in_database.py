"""Derived figures are computed in the database.

A sum, a rank or a median that Python makes costs the transfer of every row that it is made of, and the memory to hold
them: ranks, a percentile and an average of a million rows took 11 s of processor time and 1,011 MiB over a queryset,
1.8 s and 247 MiB over `values_list`, 0.6 s and 0.3 MiB as expressions (`benchmarks/computed_figures.py`).
Reported are `sum`, `max`, `min`, `len`, `Counter`, the functions of `statistics` and numpy, loops of nothing but
`total += row.column`, and `list(...).index(...)` for a rank, over a queryset that is asked for nothing else, in code
that requests or tasks reach and in methods of models. Left alone are rows that are shown as well, the few
of one parent (`order.lines`, perhaps prefetched), slices, groups that the database has made already, and properties
that no database knows. A preview: of 35 projects that were labelled only three have such a place.
Holds when the figures are aggregates, annotations or windows. Mended by

    Review.objects.aggregate(Avg("rating"), p95=Percentile(Seconds("started_at", "submitted_at"), 0.95))
    Reviewer.objects.annotate(rank=Rank("-review_count"))

of Django and, for durations, ranks and percentiles, of `django_tenfold.db.figures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    MIGRATION,
    REQUEST,
    TASK,
    TEST,
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
    from tenfold.project.querysets import RowFigure

practice = Practice(
    __name__,
    held="Derived figures are computed in the database",
    broken="Python computes a figure from rows that it loads for it",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("DS12",),
    contexts=(REQUEST, TASK),
    links=(
        "https://docs.djangoproject.com/en/stable/topics/db/aggregation/",
        "https://docs.djangoproject.com/en/stable/ref/models/expressions/#window-functions",
    ),
)

_AGGREGATES = frozenset(
    "Avg Count Max Min StdDev Sum Variance Percentile Rank Standing Seconds Window".split()
)
_LEFT_ALONE = frozenset(
    {"related", "annotate", "alias", "sliced", "raw", "extra", "union", "intersection", "difference"}
)
"""Steps after which rows are those of one parent, groups, a part, or no plain rows of the table."""
_REMEDIES = {
    "len": "ask for .count()",
    "len(set)": "ask for .distinct().count()",
    "sum": 'aggregate(Sum("{column}"))',
    "+=": 'aggregate(Sum("{column}")), by group values(...).annotate(Sum("{column}"))',
    "max": 'aggregate(Max("{column}"))',
    "min": 'aggregate(Min("{column}"))',
    "Counter": 'values("{column}").annotate(Count("pk"))',
    "index": "annotate(rank=Rank(...)) of django_tenfold.db.figures, or count the rows before it",
    "mean": 'aggregate(Avg("{column}"))',
    "median": 'aggregate(Percentile("{column}", 0.5)) of django_tenfold.db.figures',
    "quantiles": 'aggregate(Percentile("{column}", ...)) of django_tenfold.db.figures',
    "stdev": 'aggregate(StdDev("{column}", sample=True))',
    "variance": 'aggregate(Variance("{column}", sample=True))',
}
_WRITTEN = {"len(set)": "len(set(...))", "+=": "a loop of +=", "index": "list(...).index()"}
_SAME = {
    **dict.fromkeys(("fmean", "average"), "mean"),
    **dict.fromkeys(("median_low", "median_high"), "median"),
    **dict.fromkeys(("percentile", "quantile"), "quantiles"),
    **dict.fromkeys(("mode", "multimode"), "Counter"),
    **dict.fromkeys(("pstdev", "std"), "stdev"),
    **dict.fromkeys(("pvariance", "var"), "variance"),
}


def check(project: Project) -> Iterator[Judgement]:
    figures = [figure for figure in project.querysets.figures if _is_judged(figure, project)]
    if not figures and not _computes_in_database(project):
        yield NotApplicable("no figure is computed from rows")
        return
    for figure in figures:
        model = project.querysets.relations.name(figure.rows.model)
        yield practice.finding(
            figure.where,
            f"{figure.function} reads every {model} that it asks for, to make one figure of them in Python.",
            remedy=_remedy(figure),
            symbol=f"{figure.function}:{figure.rows.model}",
            proof=f"{_WRITTEN.get(figure.name, f'{figure.name}()')} over rows that nothing else reads",
        )


def _is_judged(figure: RowFigure, project: Project) -> bool:
    """Whether the database could make it in the place of a request or task."""
    rows = figure.rows
    if not rows.sure or not _LEFT_ALONE.isdisjoint(rows.steps):
        return False
    if reached := project.contexts.of(figure.where.path, figure.function):
        return bool(reached & {REQUEST, TASK})
    # What reaches a property is seldom seen: those of models are taken for reached.
    owner = figure.function.rpartition(".")[0]
    return any(model.dotted == owner for model in project.querysets.relations.models.values())


def _computes_in_database(project: Project) -> bool:
    return any(
        call.callee[call.callee.rfind(".") + 1 :] in _AGGREGATES
        for module in project.source
        for call in module.calls
        if not project.contexts.of(module.path) & {TEST, MIGRATION}
    )


def _remedy(figure: RowFigure) -> str:
    last = figure.name.rpartition(".")[2]
    column = figure.columns[0].replace(".", "__") if len(figure.columns) == 1 else "..."
    return _REMEDIES[_SAME.get(last, last)].format(column=column)


_MODELS = """
    from django.db import models


    class Order(models.Model):
        note = models.CharField(max_length=99)
        total = models.DecimalField(max_digits=9, decimal_places=2)
        placed = models.DateTimeField()
        sent = models.DateTimeField()

        @property
        def days(self):
            return (self.sent - self.placed).days


    class Line(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
        amount = models.IntegerField()
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("figures/", views.figures, name="figures")]
"""
_VIEW = """
    {imports}

    from django.http import JsonResponse

    from shop.models import Order


    def figures(request):
        {before}
        return JsonResponse({{"figure": {figure}}})
"""


def _view(figure: str, *, before: str = "pass", imports: str = "import statistics") -> dict[str, str]:
    view = _VIEW.format(figure=figure, before=before, imports=imports)
    return {"config/urls.py": _URLS, "shop/models.py": _MODELS, "shop/views.py": view}


EXAMPLES = (
    Breaks(_view("sum(order.total for order in Order.objects.filter(total__gt=9))"), at="shop/views.py:10"),
    Breaks(
        _view(
            "statistics.median(taken)",
            before="taken = [(o.sent - o.placed).days for o in Order.objects.all()]",
        ),
        at="shop/views.py:9",
    ),
    Breaks(
        _view(
            "statistics.median(totals)",
            before='totals = list(Order.objects.values_list("total", flat=True))',
        ),
        at="shop/views.py:10",
    ),
    Breaks(
        _view('list(Order.objects.order_by("-total").values_list("pk", flat=True)).index(7) + 1'),
        at="shop/views.py:10",
    ),
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": """
                from collections import defaultdict

                from django.http import JsonResponse

                from shop.models import Line


                def figures(request):
                    ordered = defaultdict(int)
                    for line in Line.objects.filter(amount__gt=0):
                        ordered[line.order_id] += line.amount
                    return JsonResponse(ordered)
            """,
        },
        at="shop/views.py:10",
    ),
    Holds(
        _view(
            'Order.objects.aggregate(figure=Sum("total"))["figure"]',
            imports="from django.db.models import Sum",
        )
    ),
    LooksAlike(
        _view(
            "[sum(order.total for order in orders), *(str(order) for order in orders)]",
            before="orders = Order.objects.all()",
        ),
        because="the rows are shown too, and read once for both",
    ),
    LooksAlike(
        _view("[max(totals), totals]", before="totals = [order.total for order in Order.objects.all()]"),
        because="the values are shown too",
    ),
    LooksAlike(
        _view(
            "text",
            before='text = ""\n        for order in Order.objects.all():\n            text += order.note',
        ),
        because="no figure: texts are joined",
    ),
    LooksAlike(
        _view("max(order.days for order in Order.objects.all())"),
        because="a property of Python's, which the database does not know",
    ),
    LooksAlike(
        _view(
            "sum(line.amount for line in order.lines.all())",
            before='order = Order.objects.prefetch_related("lines").first()',
        ),
        because="the rows of one parent, fetched with it",
    ),
    LooksAlike(
        _view("len(Order.objects.filter(total=9)) > 0"),
        because="it asks whether there are rows: no figure",
    ),
)

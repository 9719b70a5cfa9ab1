"""Exports are streamed.

A CSV that is written into the response, or into a buffer for it, stands in the worker's memory whole, with every object
of the queryset beside it; nothing is sent before the last row, so that a proxy's timeout ends what takes longer than
a minute. Ten million rows streamed by the export of Tenfold's api block take 0.14 MiB above the idle process, and reach
85 % of the rate of the database's own COPY (`benchmarks/export_rows.py`).
Reported are functions that requests reach and that write rows of a table that grows into an `HttpResponse` or a
`StringIO` by `csv`, and actions of the admin that do so with the rows they are given.
Holds when such exports go through `export_response` of `django_tenfold.api.export`, through `StreamingHttpResponse`
with `iterator()`, or are made by a task.
Mended by

    return export_response(request, Order.objects.all(), ["id", "placed", Column("buyer__email", "Buyer")])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
from tenfold.project.source import Invoke, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.querysets import Rows
    from tenfold.project.source import Module

practice = Practice(
    __name__,
    held="Exports are streamed",
    broken="An export is built in memory",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP18",),
    contexts=(REQUEST,),
    links=(
        "https://docs.djangoproject.com/en/stable/howto/outputting-csv/#streaming-csv-files",
        "https://docs.djangoproject.com/en/stable/ref/request-response/#streaminghttpresponse-objects",
    ),
)

_WRITERS = ("csv.writer", "csv.DictWriter")
_BUFFERS = frozenset(
    {"django.http.HttpResponse", "django.http.response.HttpResponse", "io.StringIO", "io.BytesIO"}
)
_STREAMS = (
    "django.http.StreamingHttpResponse",
    "django_tenfold.api.export.export_response",
    "django_tenfold.api.export.stream_rows",
)


class _Export(NamedTuple):
    """One writer of CSV in a function that requests reach."""

    module: Module
    scope: int
    writer: str
    line: int
    buffered: bool


def check(project: Project) -> Iterator[Judgement]:
    exports = list(_exports(project))
    streamed = any(True for _ in project.source.calls_to(*_STREAMS))
    if not exports and not streamed:
        yield NotApplicable("no view writes CSV")
        return
    for export in exports:
        found = _rows_of(project, export) if export.buffered else None
        if found is not None:
            yield _finding(project, export, *found)


def _finding(project: Project, export: _Export, rows: Rows | None, line: int) -> Judgement:
    function = export.module.qualname(export.scope)
    name = project.querysets.relations.name(rows.model) if rows else "the selection"
    return practice.finding(
        Location(export.module.path, line),
        f"{function} writes every row of {name} into one response: the worker holds all of it, and nothing is sent"
        " before the last row.",
        remedy="answer with export_response(request, queryset, columns) of django_tenfold.api.export, or with a"
        " StreamingHttpResponse over queryset.iterator()",
        symbol=function,
        proof=f"csv writes into a response or a buffer in line {export.line}",
    )


def _exports(project: Project) -> Iterator[_Export]:
    for module, call in project.source.calls_to(*_WRITERS):
        function = module.qualname(call.scope)
        if REQUEST not in project.contexts.of(module.path, function):
            continue
        names = {
            a.target
            for a in module.assignments
            if a.scope == call.scope and isinstance(a.value, Invoke) and a.value.line == call.line
        }
        first = call.args[0] if call.args else None
        target = first.dotted if isinstance(first, Name) else ""
        made = [
            project.source.resolve(module, a.value.callee, call.scope)
            for a in module.assignments
            if a.target == target and a.scope == call.scope and isinstance(a.value, Invoke)
        ]
        for writer in names:
            yield _Export(module, call.scope, writer, call.line, any(name in _BUFFERS for name in made))


def _rows_of(project: Project, export: _Export) -> tuple[Rows | None, int] | None:
    """What the writer writes, when that grows with a table: (rows, line); None for the rest."""
    growing = project.querysets.relations.growing
    loops = {
        call.loop
        for call in export.module.calls
        if _writes(call.callee, export) and call.scope == export.scope
    }
    loops |= {export.module.loops[index].parent for index in loops if index >= 0}
    for loop in project.querysets.loops:
        written = loop.module is export.module and loop.index in loops
        if written and loop.rows.model in growing and not loop.rows.sliced:
            return loop.rows, loop.where.line
    for call in project.querysets.calls:
        given = (
            call.method == "writerows" and call.module is export.module and call.call.scope == export.scope
        )
        if (
            given
            and call.rows.model in growing
            and not call.rows.sliced
            and _writes(call.call.callee, export)
        ):
            return call.rows, call.where.line
    return _selection(project, export, loops)


def _writes(callee: str, export: _Export) -> bool:
    return callee in (f"{export.writer}.writerow", f"{export.writer}.writerows")


def _selection(project: Project, export: _Export, loops: set[int]) -> tuple[None, int] | None:
    """An action of the admin that writes the rows it is given."""
    scope = export.module.scopes[export.scope]
    if scope.parameters[-1:] != ("queryset",) or len(scope.parameters) != 3:
        return None
    for index in sorted(loops):
        iterable = export.module.loops[index].iterable if index >= 0 else None
        dotted = (
            iterable.dotted
            if isinstance(iterable, Name)
            else iterable.callee
            if isinstance(iterable, Invoke)
            else ""
        )
        if dotted == "queryset" or dotted.startswith("queryset."):
            return None, export.module.loops[index].line
    return None


_MODELS = """
    from django.conf import settings
    from django.db import models


    class Order(models.Model):
        buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
        total = models.IntegerField()


    class Unit(models.Model):
        name = models.CharField(max_length=9)
"""
_URLS = """
    from django.urls import path

    from shop import views

    urlpatterns = [path("orders.csv", views.export, name="export")]
"""
_VIEW = """
    import csv

    from django.http import HttpResponse

    from shop.models import Order, Unit


    def export(request):
        response = HttpResponse(content_type="text/csv")
        writer = csv.writer(response)
        for row in {}:
            writer.writerow([row.pk])
        return response
"""
EXAMPLES = (
    Breaks(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format('Order.objects.order_by("pk")'),
        },
        at="shop/views.py:11",
    ),
    Holds(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": """
                from django_tenfold.api.export import export_response

                from shop.models import Order


                def export(request):
                    return export_response(request, Order.objects.all(), ["id", "total"])
            """,
        }
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": _VIEW.format("Unit.objects.all()"),
        },
        because="a short table that somebody keeps",
    ),
    LooksAlike(
        {
            "config/urls.py": _URLS,
            "shop/models.py": _MODELS,
            "shop/views.py": """
                import csv

                from django.http import StreamingHttpResponse

                from shop.models import Order


                class Echo:
                    def write(self, value):
                        return value


                def export(request):
                    echo = Echo()
                    writer = csv.writer(echo)
                    rows = (writer.writerow([order.pk]) for order in Order.objects.iterator())
                    return StreamingHttpResponse(rows, content_type="text/csv")
            """,
        },
        because="each row is sent when it is written",
    ),
)

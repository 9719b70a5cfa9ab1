"""Every list is paginated.

A list without pages grows with its table: at 100 rows it answers at once, at 100,000 it fills the memory of
a worker and runs into the proxy's timeout, for every visitor who opens it.
Reported are Django's generic list views without `paginate_by`, and the list actions of REST framework
without a pagination class: neither on the view nor as DEFAULT_PAGINATION_CLASS with PAGE_SIZE. A view that
lists a whole table (`model`, or `queryset` without filter) of users, of rows that belong to users or of rows
stamped when they are made is a finding of its own; a preview, as catalogues that staff keep (operating
systems, e-mail types) bear such fields too. Views that choose their rows (`get_queryset`, or an address with
parameters) may be short by nature: they are named together, once, as a preview.
Left out: views that page by themselves (an own `list`, `get`, `get_paginate_by` or `paginate_queryset`) or
say `paginate_by = None`, view sets without a list route, tables that somebody keeps (languages, units), and
abstract bases. A list that stays small is best marked so: `# tenfold: allow[http/pagination] ten plans`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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
from tenfold.project.growth import grows
from tenfold.project.list_routes import without_list_route
from tenfold.project.model import Location
from tenfold.project.settings import MISSING
from tenfold.project.source import Invoke, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Module, Value
    from tenfold.project.urls import Route

practice = Practice(
    __name__,
    held="Every list is paginated",
    broken="A list has no pages",
    impact=Impact.HIGH,
    confidence=Confidence.PREVIEW,
    sources=("OM4",),
    links=(
        "https://docs.djangoproject.com/en/stable/topics/pagination/#paginating-a-listview",
        "https://www.django-rest-framework.org/api-guide/pagination/",
    ),
    contexts=(REQUEST,),
)

_GENERIC = (
    "django.views.generic.ListView",
    "django.views.generic.list.ListView",
    "django.views.generic.list.BaseListView",
)
_REST = ("rest_framework.mixins.ListModelMixin",)
_OWN_GENERIC = frozenset({"get_paginate_by", "paginate_queryset", "get", "render_to_response"})
_OWN_REST = frozenset({"list", "get", "paginate_queryset", "paginator"})


@dataclass(frozen=True, slots=True)
class _Unpaged:
    """One list view without pages. `table` is what it lists whole, "" when it chooses its rows."""

    where: Location
    name: str
    view: str
    table: str
    remedy: str


def check(project: Project) -> Iterator[Judgement]:
    generic = list(_lists(project, _GENERIC))
    rest = list(_lists(project, _REST))
    if not generic and not rest:
        yield NotApplicable("the project has no generic list views")
        return
    unpaged = [*_unpaged(project, generic, "paginate_by", own=_OWN_GENERIC)]
    if rest and not _paginated_by_default(project):
        unlisted = without_list_route(project)
        routed = [(m, s) for m, s in rest if m.qualname(s) not in unlisted]
        unpaged += _unpaged(project, routed, "pagination_class", own=_OWN_REST)
    for each in unpaged:
        if each.table:
            yield _finding(each)
    choosing = [each for each in unpaged if not each.table]
    if choosing:
        yield _preview(choosing)


def _unpaged(
    project: Project, views: list[tuple[Module, int]], attribute: str, *, own: frozenset[str]
) -> Iterator[_Unpaged]:
    """Those of the views that list what grows, or may, and have no pages."""
    for module, scope in views:
        if _paginated(project, module, scope, attribute=attribute, own=own):
            continue
        place, view = module.scopes[scope], module.qualname(scope)
        listed, whole = _listed(project, view)
        model = next((m for m in project.models.all if m.label.rpartition(".")[2] == listed), None)
        if model is not None and not grows(model, project.models):
            continue
        table = listed if whole and model is not None else ""
        remedy = "paginate_by = 50" if attribute == "paginate_by" else _REST_REMEDY.format(place.name)
        yield _Unpaged(Location(module.path, place.line), place.name, view, table, remedy)


_REST_REMEDY = (
    'REST_FRAMEWORK = {{"DEFAULT_PAGINATION_CLASS":'
    ' "rest_framework.pagination.CursorPagination", "PAGE_SIZE": 50}}, or pagination_class on {}'
)
_PROOF = "no pagination on the class, on its bases or in the settings"


def _finding(found: _Unpaged) -> Judgement:
    return practice.finding(
        found.where,
        f"{found.name} answers with all of {found.table} at once, without pages: the answer, and the memory to"
        " make it, grow with the table.",
        remedy=found.remedy,
        symbol=found.view,
        proof=_PROOF,
    )


def _preview(choosing: list[_Unpaged]) -> Judgement:
    first, count = choosing[0], len(choosing)
    shown = ", ".join(each.name for each in choosing[:5]) + (f" and {count - 5} more" if count > 5 else "")
    views = f"{count} list views choose their rows and answer" if count > 1 else f"{shown} answers"
    return practice.finding(
        first.where,
        f"{views} without pages{f': {shown}' if count > 1 else ''}. Those whose rows grow with use need pages.",
        remedy=first.remedy,
        symbol="views" if count > 1 else first.view,
        proof=_PROOF,
        impact=Impact.MEDIUM,
        related=[each.where for each in choosing[1:]],
    )


def _listed(project: Project, view: str) -> tuple[str, bool]:
    """The model that the view lists, "" when unknown, and whether all its rows: it does not choose them."""
    listed, whole = "", True
    if any(r.view == view and re.search(r"<|\(", r.pattern) for r in _list_routes(project)):
        whole = False
    for name in (view, *project.source.ancestors(view)):
        found = project.source.find(name)
        if found is None:
            continue
        module, scope = found
        for index, inner in enumerate(module.scopes):
            if inner.name == "get_queryset" and inner.parent == scope:
                whole, listed = False, listed or _queried(module.reads.get(index, ()))
        attributes = module.attributes(scope)
        for attribute in ("queryset", "model"):
            if not listed and attribute in attributes:
                value = attributes[attribute].value
                listed = _all_of(value)
                whole = whole and bool(listed)
    return listed, whole


def _queried(reads: tuple[str, ...]) -> str:
    """ "Product" when a method reads `Product.objects` and no other model's."""
    models = {name.partition(".objects")[0].rpartition(".")[2] for name in reads if ".objects" in name}
    return models.pop() if len(models) == 1 else ""


def _all_of(value: Value) -> str:
    """ "Product" for `Product` and `Product.objects.all()`; "" for what is filtered, sliced or unknown."""
    dotted = value.callee if isinstance(value, Invoke) else value.dotted if isinstance(value, Name) else ""
    name, *steps = dotted.replace("()", "").split(".")
    whole = set(steps) <= {"objects", "all", "select_related", "prefetch_related", "order_by"}
    return name if name and whole else ""


def _list_routes(project: Project) -> Iterator[Route]:
    """Routes of plain views, and the list routes of viewsets: not those of one object or of an action."""
    for route in project.urls.routes:
        if route.style != "viewset" or route.name.endswith("-list"):
            yield route


def _lists(project: Project, roots: tuple[str, ...]) -> Iterator[tuple[Module, int]]:
    """Leaf classes that descend from a list view: bases of other views are judged through those."""
    found = list(project.source.subclasses(*roots))
    bases = {base for module, scope in found for base in project.source.ancestors(module.qualname(scope))}
    for module, scope in found:
        if module.qualname(scope) not in bases:
            yield module, scope


def _paginated(project: Project, module: Module, scope: int, *, attribute: str, own: frozenset[str]) -> bool:
    """Whether the class or a base in the project sets `attribute`, or answers by a method of its own."""
    names = (module.qualname(scope), *project.source.ancestors(module.qualname(scope)))
    for name in names:
        found = project.source.find(name)
        if found is None:
            if not name.startswith(("django.", "rest_framework.")) and "." in name and name not in _PLAIN:
                return True  # a base of another package may paginate
            continue
        where, index = found
        if attribute in where.attributes(index):
            return True  # None as well: somebody decided so
        methods = {s.name for s in where.scopes if s.parent == index}
        if own & methods:
            return True
    return False


_PLAIN = frozenset({"builtins.object"})


def _paginated_by_default(project: Project) -> bool:
    """DEFAULT_PAGINATION_CLASS with a PAGE_SIZE, or a class of the project's own that may have one."""
    chosen = project.settings.possible("REST_FRAMEWORK", "DEFAULT_PAGINATION_CLASS")
    if not chosen:
        return not project.settings.complete
    if all(p.value is MISSING or p.value is None for p in chosen):
        return False
    if any(str(p.value).startswith("rest_framework.") for p in chosen):
        sizes = project.settings.possible("REST_FRAMEWORK", "PAGE_SIZE")
        return any(p.value is not MISSING and p.value is not None for p in sizes)
    return True


_ORDER = """
    from django.db import models

    class Order(models.Model):
        placed = models.DateTimeField(auto_now_add=True)

    class Unit(models.Model):
        name = models.CharField(max_length=10)
"""
EXAMPLES = (
    Breaks(
        {
            "shop/models.py": _ORDER,
            "shop/views.py": """
                from django.views.generic import ListView
                from shop.models import Order

                class OrderList(ListView):
                    model = Order
            """,
        },
        at="shop/views.py:4",
    ),
    Breaks(
        {
            "shop/views.py": """
                from rest_framework import viewsets

                class ProductViewSet(viewsets.ModelViewSet):
                    queryset = None
            """,
            "config/settings.py": "REST_FRAMEWORK = {}",
        },
        at="shop/views.py:3",
    ),
    Holds(
        {
            "shop/views.py": """
                from django.views.generic import ListView

                class Paged(ListView):
                    paginate_by = 50

                class ProductList(Paged):
                    model = None
            """
        }
    ),
    Holds(
        {
            "shop/views.py": """
                from rest_framework import viewsets

                class ProductViewSet(viewsets.ModelViewSet):
                    queryset = None
            """,
            "config/settings.py": """
                REST_FRAMEWORK = {
                    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
                    "PAGE_SIZE": 50,
                }
            """,
        }
    ),
    LooksAlike(
        {
            "shop/views.py": """
                from django.views.generic import ListView
                from rest_framework import mixins, viewsets

                class Newest(ListView):
                    def get(self, request):
                        return first_ten(request)

                class Create(mixins.CreateModelMixin, viewsets.GenericViewSet):
                    queryset = None
            """
        },
        because="one answers by itself, the other has no list action",
    ),
    LooksAlike(
        {
            "shop/models.py": _ORDER,
            "shop/views.py": """
                from django.views.generic import ListView
                from rest_framework import viewsets
                from shop.models import Order, Unit

                class UnitList(ListView):
                    model = Unit

                class Printed(ListView):
                    model = Order
                    paginate_by = None

                class OrderViewSet(viewsets.ModelViewSet):
                    queryset = Order.objects.all()
            """,
            "config/settings.py": 'ROOT_URLCONF = "config.urls"\nREST_FRAMEWORK = {}',
            "config/urls.py": """
                from django.urls import path
                from shop.views import OrderViewSet

                urlpatterns = [path("orders/", OrderViewSet.as_view({"post": "create"}), name="orders")]
            """,
        },
        because="a short table that somebody keeps, a decision for one page, and a view set without a list",
    ),
)

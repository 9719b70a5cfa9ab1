"""Every list is paginated.

A list without pages grows with its table: at 100 rows it answers at once, at 100,000 it fills the memory of
a worker and runs into the proxy's timeout, for every visitor who opens it.
Reported are Django's generic list views without `paginate_by`, and the list actions of REST framework
without a pagination class: neither on the view nor as DEFAULT_PAGINATION_CLASS with PAGE_SIZE. A view that
lists a whole table (`model`, or `queryset` without slice) counts as a finding; one that chooses its rows
itself (`get_queryset`, or an address with parameters) may be short by nature and is a preview.
Views that page by themselves (an own `list`, `get`, `get_paginate_by` or `paginate_queryset`) and abstract
bases are left out. A list that is small by nature is best marked so: `# tenfold: allow[http/pagination] ten plans`.
"""

from __future__ import annotations

import re
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
    confidence=Confidence.MEDIUM,
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


def check(project: Project) -> Iterator[Judgement]:
    generic = list(_lists(project, _GENERIC))
    rest = list(_lists(project, _REST))
    if not generic and not rest:
        yield NotApplicable("the project has no generic list views")
        return
    for module, scope in generic:
        if not _paginated(project, module, scope, attribute="paginate_by", own=_OWN_GENERIC):
            yield _finding(project, module, scope, "paginate_by = 50")
    if rest and not _paginated_by_default(project):
        for module, scope in rest:
            if not _paginated(project, module, scope, attribute="pagination_class", own=_OWN_REST):
                name = module.scopes[scope].name
                remedy = (
                    'REST_FRAMEWORK = {"DEFAULT_PAGINATION_CLASS":'
                    ' "rest_framework.pagination.CursorPagination", "PAGE_SIZE": 50},'
                    f" or pagination_class on {name}"
                )
                yield _finding(project, module, scope, remedy)


def _finding(project: Project, module: Module, scope: int, remedy: str) -> Judgement:
    place = module.scopes[scope]
    view = module.qualname(scope)
    table = _whole_table(project, view)
    what = f"all of {table}" if table else "its rows"
    return practice.finding(
        Location(module.path, place.line),
        f"{place.name} answers with {what} at once, without pages: the answer, and the memory to make it, grow"
        + (" with the table." if table else " with their number."),
        remedy=remedy,
        symbol=view,
        proof="no pagination on the class, on its bases or in the settings",
        impact=Impact.HIGH if table else Impact.MEDIUM,
        confidence=Confidence.MEDIUM if table else Confidence.PREVIEW,
    )


def _whole_table(project: Project, view: str) -> str:
    """The model (or queryset) that the view lists unfiltered; "" when it chooses its rows itself."""
    if any(r.view == view and re.search(r"<|\(", r.pattern) for r in _list_routes(project)):
        return ""
    listed = ""
    for name in (view, *project.source.ancestors(view)):
        found = project.source.find(name)
        if found is None:
            continue
        module, scope = found
        if any(s.name == "get_queryset" and s.parent == scope for s in module.scopes):
            return ""
        attributes = module.attributes(scope)
        for attribute in ("queryset", "model"):
            if not listed and attribute in attributes:
                listed = _all_of(attributes[attribute].value)
    return listed


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
        value: Value = None
        if attribute in (attributes := where.attributes(index)):
            value = attributes[attribute].value
            return value is not None
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


EXAMPLES = (
    Breaks(
        {
            "shop/views.py": """
                from django.views.generic import ListView
                from shop.models import Product

                class ProductList(ListView):
                    model = Product
            """
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
)

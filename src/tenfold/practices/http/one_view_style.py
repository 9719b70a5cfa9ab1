"""One style of views.

Where function views and class-based views are mixed at will, each change to all views (a permission, a
cache header, a mixin for pagination) has to be made in two ways, and one of them is forgotten.
Holds when nine in ten of the project's own routes lead to views of one style. Health checks and error
handlers may stay functions; redirects and third-party views are not counted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, NotApplicable, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Views have one style",
    broken="Function views and class-based views are mixed",
    impact=Impact.LOW,
    sources=("BP44",),
    needs=("urls",),
    links=("https://docs.djangoproject.com/en/stable/topics/class-based-views/",),
)

_FEWEST = 5
"""Below this many routes no style has formed yet."""
_SHARE = 0.1
_FEW = 2
"""One view of another style is an exception (a GraphQL endpoint, a health check), not a mix."""


def check(project: Project) -> Iterator[Judgement]:
    style = {route.view: route.style for route in project.urls.routes if route.own and route.view}
    style = {view: "class" if kind == "viewset" else kind for view, kind in style.items()}
    counts = Counter(kind for kind in style.values() if kind in ("function", "class"))
    if counts.total() < _FEWEST:
        if project.urls.complete:
            yield NotApplicable(f"{counts.total()} views of the project's own: too few for a style")
        else:
            yield CannotTell("the URL map could not be followed")
        return
    (main, many), *rest = counts.most_common()
    if not rest or rest[0][1] < max(_FEW, counts.total() * _SHARE):
        return
    other, few = rest[0]
    routes = [r for r in project.urls.routes if r.own and style.get(r.view) == other]
    yield practice.finding(
        routes[0].where,
        f"{many} views are {main} views and {few} are {other} views.",
        remedy=f"Write the {few} {other} views as {main} views, beginning where they change most"
        + (" (class-based views are recommended for their mixins)." if main == "function" else "."),
        symbol="views",
        proof=", ".join(sorted(view for view, kind in style.items() if kind == other)[:5]),
        related=tuple(route.where for route in routes[1:4]),
    )


def _routes(*views: str) -> str:
    lines = "".join(f'    path("{n}/", views.{view}, name="r{n}"),\n' for n, view in enumerate(views))
    return f"from django.urls import path\nfrom shop import views\n\nurlpatterns = [\n{lines}]\n"


_FUNCTIONS = "".join(f"def f{n}(request): ...\n\n\n" for n in range(6))
_CLASSES = "from django.views import View\n\n\n" + "".join(f"class C{n}(View): ...\n\n\n" for n in range(6))
EXAMPLES = (
    Breaks(
        {
            "shop/views.py": _FUNCTIONS + _CLASSES,
            "config/urls.py": _routes("f0", "f1", "C0.as_view()", "C1.as_view()", "C2.as_view()"),
        },
        at="config/urls.py:5",
    ),
    Holds(
        {
            "shop/views.py": _CLASSES,
            "config/urls.py": _routes(*(f"C{n}.as_view()" for n in range(6))),
        }
    ),
    LooksAlike(
        {"shop/views.py": _FUNCTIONS + _CLASSES, "config/urls.py": _routes("f0", "C0.as_view()")},
        because="two views are too few to speak of a style",
    ),
)

"""One style of views.

Where function views and class-based views are mixed at will, each change to all views (a permission, a
cache header, a mixin for pagination) has to be made in two ways, and one of them is forgotten.
Holds when nine in ten of the project's own views are of one style. Not counted: views that a package
brings (LoginView, TemplateView), redirects, and what is a class by nature: REST framework's views and
viewsets, feeds, GraphQL, and what extends a package's class-based view (LoginView again).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
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

practice = Practice(
    __name__,
    held="Views have one style",
    broken="Function views and class-based views are mixed",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP44",),
    needs=("urls",),
    links=("https://docs.djangoproject.com/en/stable/topics/class-based-views/",),
)

_FEWEST = 5
"""Below this many routes no style has formed yet."""
_SHARE = 0.1
_FEW = 2
"""One view of another style is an exception (a GraphQL endpoint, a health check), not a mix."""


_BY_NATURE = (
    "rest_framework.",
    "django.contrib.syndication.",
    "django.contrib.sitemaps.",
    "graphene_django.",
    "strawberry.",
    "ninja.",
    "oauth2_provider.",
)
"""Bases that make a view a class, and decorators that make it a function, whatever the project's style."""


def check(project: Project) -> Iterator[Judgement]:
    routes = [r for r in project.urls.routes if r.own and r.style in ("function", "class")]
    style = {route.view: route.style for route in routes if _is_free(project, route.view)}
    counts = Counter(style.values())
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
    places = {route.view: route.where for route in routes if style.get(route.view) == other}
    names = ", ".join(sorted(view.rpartition(".")[2] for view in places)[:3])
    yield practice.finding(
        next(iter(places.values())),
        f"{many} of the project's views are {_NAMES[main]} and {few} are {_NAMES[other]} ({names}"
        f"{', ...' if few > _SHOWN else ''}): what shall hold for every view is written twice.",
        remedy=f"Write new views as {_NAMES[main]}, and turn the {few} {_NAMES[other]} into such where they"
        " change anyway"
        + (" (class-based views are recommended for their mixins)." if main == "function" else "."),
        symbol="views",
        # Routes that could not be followed may be hundreds of one style.
        confidence=Confidence.MEDIUM if project.urls.complete else Confidence.PREVIEW,
        proof=", ".join(sorted(places)[:5]),
        related=list(places.values())[1:4],
    )


_NAMES = {"function": "functions", "class": "classes"}
_SHOWN = 3


def _is_free(project: Project, view: str) -> bool:
    """Whether the project wrote the view and could have chosen its style."""
    found = project.source.find(view) if view else None
    if found is None:
        return False
    module, scope = found
    bases = project.source.ancestors(view) if module.scopes[scope].kind == "class" else ()
    decorators = [getattr(d, "callee", getattr(d, "dotted", "")) for d in module.scopes[scope].decorators]
    origins = [*bases, *(project.source.resolve(module, name) for name in decorators if name)]
    if any(origin.startswith(_BY_NATURE) for origin in origins):
        return False
    return not any(_is_packages_view(project, base) for base in bases)


def _is_packages_view(project: Project, base: str) -> bool:
    """Whether a base is a package's view (LoginView), which has no other form, and no mixin or generic view."""
    if project.source.find(base) is not None or base.startswith("django.views."):
        return False
    module, _, name = base.rpartition(".")
    return name.endswith("View") or module.rpartition(".")[2] == "views"


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
    LooksAlike(
        {
            "shop/views.py": _FUNCTIONS,
            "shop/api.py": """
                from rest_framework.views import APIView

                class Prices(APIView): ...

                class Stock(APIView): ...
            """,
            "config/urls.py": """
                from django.contrib.auth.views import LoginView
                from django.urls import path
                from shop import api, views

                urlpatterns = [
                    path("0/", views.f0), path("1/", views.f1), path("2/", views.f2),
                    path("3/", views.f3), path("4/", views.f4), path("5/", views.f5),
                    path("login/", LoginView.as_view()),
                    path("prices/", api.Prices.as_view()),
                    path("stock/", api.Stock.as_view()),
                ]
            """,
        },
        because="the classes are REST framework's kind or Django's own",
    ),
    LooksAlike(
        {
            "shop/views.py": _FUNCTIONS
            + "from django.contrib.auth.views import LoginView, PasswordResetView\n\n"
            + "class SignIn(LoginView): ...\n\n\nclass Forgotten(PasswordResetView): ...\n",
            "config/urls.py": _routes("f0", "f1", "f2", "f3", "SignIn.as_view()", "Forgotten.as_view()"),
        },
        because="the classes extend views that come as classes only",
    ),
)

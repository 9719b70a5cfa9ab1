"""Every route has a name, and links use it.

A path that is typed out in templates and code cannot be moved, prefixed or put behind a cache rule without
a search through the whole project; `{% url %}` and `reverse()` follow the route.
Holds when each of the project's own routes has a name and no template links to one of them by its literal
path. Redirects and routes that packages bring are not judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import SetKeyword
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.urls import Route

practice = Practice(
    __name__,
    held="Every route has a name and links use it",
    broken="A route has no name, or a link spells out its path",
    impact=Impact.LOW,
    sources=("BP68",),
    needs=("urls",),
    links=("https://docs.djangoproject.com/en/stable/topics/http/urls/#naming-url-patterns",),
    fix=Safety.SAFE,
)


def check(project: Project) -> Iterator[Judgement]:
    own = [route for route in project.urls.routes if route.own]
    if not own and not project.urls.complete:
        yield CannotTell("the URL map could not be followed")
    unnamed = {route.where: route for route in reversed(own) if not route.name and _is_linked_to(route)}
    for route in reversed(unnamed.values()):
        if route.style in ("function", "class"):
            name = _name(route, project)
            yield practice.finding(
                route.where,
                f"The route {route.pattern!r} has no name: links to {route.view} must spell out its path.",
                remedy=f'name="{name}"',
                symbol=f"{route.view} {route.pattern}",
                proof=f"{route.pattern} -> {route.view}",
            )
    yield from _literal_links(project, own)


def _is_linked_to(route: Route) -> bool:
    """Whether pages may link to it: robots.txt, favicon.ico and .well-known are asked for by machines."""
    last = route.pattern.rstrip("$/").rpartition("/")[2]
    return "." not in last.replace("\\.", ".") and ".well-known" not in route.pattern


def _literal_links(project: Project, own: list[Route]) -> Iterator[Judgement]:
    named = {"/" + route.pattern.strip("^$/"): route for route in own if route.name and route.pattern}
    for template in project.templates.all:
        for element in template.elements:
            target = element.get("href" if element.name == "a" else "action") or ""
            route = named.get(target.partition("?")[0].rstrip("/"))
            if element.in_comment or element.name not in ("a", "form") or route is None:
                continue
            yield practice.finding(
                Location(template.path, element.line),
                f"The link {target!r} spells out the path of the route {route.name!r}.",
                remedy=f"{{% url '{route.name}' %}}",
                symbol=f"{template.name} {target}",
                confidence=Confidence.MEDIUM,
                related=(route.where,),
                fixable=False,
            )


def _name(route: Route, project: Project) -> str:
    """A name from the view's: `shop.views.ProductList` -> "product-list", numbered when it is taken."""
    last = route.view.rpartition(".")[2] or "route"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", last.removesuffix("View")).lower()
    taken = {r.name.rpartition(":")[2] for r in project.urls.routes}
    unnamed = [r for r in project.urls.routes if r.view == route.view and not r.name]
    same = unnamed.index(route) if route in unnamed else 0
    candidates = (f"{words}-{n}" if n else words for n in range(same, len(project.urls.routes) + same + 1))
    return next(c for c in candidates if c not in taken)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The route gets a name made from its view's name."""
    for route in project.urls.routes:
        if route.where == finding.where and f"{route.view} {route.pattern}" == finding.symbol:
            yield SetKeyword(finding.where.path, finding.where.line, "name", f'"{_name(route, project)}"')


_VIEWS = """
    from django.views.generic import DetailView

    def product_list(request): ...

    class ProductView(DetailView): ...
"""
EXAMPLES = (
    Breaks(
        {
            "shop/views.py": _VIEWS,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [
                    path("products/", views.product_list),
                    path("products/<int:pk>/", views.ProductView.as_view(), name="product"),
                ]
            """,
        },
        at="config/urls.py:5",
        fixed={
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [
                    path("products/", views.product_list, name="product-list"),
                    path("products/<int:pk>/", views.ProductView.as_view(), name="product"),
                ]
            """
        },
    ),
    Breaks(
        {
            "shop/views.py": _VIEWS,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [path("products/", views.product_list, name="product-list")]
            """,
            "shop/templates/shop/base.html": '<nav>\n<a href="/products/">Products</a></nav>',
        },
        at="shop/templates/shop/base.html:2",
    ),
    Holds(
        {
            "shop/views.py": _VIEWS,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [path("products/", views.product_list, name="product-list")]
            """,
            "shop/templates/shop/base.html": '<a href="{% url "product-list" %}">Products</a>',
        }
    ),
    LooksAlike(
        {
            "config/urls.py": """
                from django.contrib import admin
                from django.urls import include, path
                from django.views.generic import RedirectView

                urlpatterns = [
                    path("admin/", admin.site.urls),
                    path("", RedirectView.as_view(url="/products/")),
                    path("accounts/", include("django.contrib.auth.urls")),
                ]
            """,
        },
        because="includes, packages' routes and redirects need no name",
    ),
)

"""Every route has a name, and links use it.

A path that is typed out in templates and code cannot be moved, prefixed or put behind a cache rule without
a search through the whole project; `{% url %}` and `reverse()` follow the route.
Holds when each of the project's own views can be reached by a name and no template links to a route by its
literal path. Not judged: redirects, routes that packages bring and routes that stand in for one of those (a
path of one's own above `include("allauth.urls")`), routes that exist only under DEBUG, a second route to a view
that another one names, answers to old addresses (410 Gone, Django's error pages), and what only machines ask
for (robots.txt, .well-known).
One finding per file of routes: a route that a template spells out counts with high confidence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tenfold.edits.model import SetKeyword
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

_SHOWN = 4


def check(project: Project) -> Iterator[Judgement]:
    own = [route for route in project.urls.routes if route.own]
    if not own and not project.urls.complete:
        yield CannotTell("the URL map could not be followed")
    unnamed = _unnamed(project)
    links = _literal_links(project, [*unnamed, *(route for route in own if route.name)])
    names = _names(project, unnamed)
    by_file: dict[str, list[Route]] = defaultdict(list)
    for route in unnamed:
        by_file[route.where.path].append(route)
    for routes in by_file.values():
        yield _unnamed_finding(routes, names, links)
    for where, target, route in links:
        if route.name:
            yield practice.finding(
                where,
                f"The link {target!r} spells out the path of the route {route.name!r}: it leads nowhere once"
                " the route moves" + (", or the site stands below a prefix." if target[0] == "/" else "."),
                remedy=_remedy(project, where, target, route),
                symbol=f"{where.path} {target}",
                confidence=Confidence.PREVIEW,
                related=(route.where,),
                fixable=False,
            )


def _remedy(project: Project, where: Location, target: str, route: Route) -> str:
    """The tag with what the link has behind its path; outside a translated block, which allows no tags."""
    call = f"url '{route.name}'{' ...' if '<' in route.pattern else ''}"
    behind = re.sub(r"^[^?#]*", "", target)
    if not _stands_in_translation(project, where):
        return f"{{% {call} %}}{behind}"
    return f"{{% {call} as link %}} before the translated block, and {{{{ link }}}}{behind} inside it"


def _stands_in_translation(project: Project, where: Location) -> bool:
    """Whether the line is inside `{% blocktranslate %}`."""
    template = next((t for t in project.templates.all if t.path == where.path), None)
    inside = False
    for tag in template.tags if template is not None else ():
        if tag.line > where.line or (tag.line == where.line and tag.name.startswith("endblock")):
            break
        if tag.name in ("blocktranslate", "blocktrans"):
            inside = True
        elif tag.name in ("endblocktranslate", "endblocktrans"):
            inside = False
    return inside


def _unnamed_finding(
    routes: list[Route], names: dict[Location, str], links: list[tuple[Location, str, Route]]
) -> Finding:
    first = routes[0]
    spelled = [(where, target) for where, target, route in links if route in routes]
    patterns = ", ".join(repr(route.pattern) for route in routes[:_SHOWN])
    more = f" and {len(routes) - _SHOWN} more" if len(routes) > _SHOWN else ""
    what = (
        f"The route {patterns} has no name"
        if len(routes) == 1
        else f"{len(routes)} routes have no name ({patterns}{more})"
    )
    why = (
        f", and links spell out the path ({spelled[0][1]!r} in {spelled[0][0]})."
        if spelled
        else f": {{% url %}} and reverse() cannot lead to {first.view or 'it'}."
    )
    return practice.finding(
        first.where,
        what + why,
        remedy="\n".join(f'{route.pattern}: name="{names[route.where]}"' for route in routes),
        symbol=first.where.path,
        proof=f"{first.pattern} -> {first.view}",
        confidence=Confidence.HIGH if spelled else Confidence.PREVIEW,
        related=[*(where for where, _ in spelled[:3]), *(route.where for route in routes[1:4])],
    )


def _unnamed(project: Project) -> list[Route]:
    """Routes, one per place, whose view no name leads to and that pages may link to."""
    routes = [route for route in project.urls.routes if route.own]
    reached = {route.view for route in routes if route.name and route.view}
    packages = [r for r in project.urls.routes if not r.own and r.style == "unknown" and r.pattern.strip("^")]
    found = {
        route.where: route
        for route in reversed(routes)
        if not route.name
        and route.style in ("function", "class")
        and route.view not in reached
        and not route.view.startswith(("django.views.static.", "django.views.defaults."))
        and not any(_stands_in_for(route, package) for package in packages)
        and not _answers_old_addresses(project, route.view)
        and _may_be_linked_to(route)
        and not _exists_under_debug_only(project, route)
    }
    return sorted(found.values(), key=lambda route: route.where)


def _may_be_linked_to(route: Route) -> bool:
    """Not robots.txt, favicon.ico and .well-known, which machines ask for, nor a path made at run time."""
    last = re.sub(r"<[^>]*>|\(.*\)", "", route.pattern).rstrip("$/").rpartition("/")[2]
    return (
        "." not in last.replace("\\.", ".")
        and ".well-known" not in route.pattern
        and "{?}" not in route.pattern
    )


def _stands_in_for(route: Route, package: Route) -> bool:
    """Whether the route lies below the prefix of a package's routes: the package's name leads to it. Below
    the admin stand pages of one's own, which the admin does not name."""
    if package.view.startswith("django.contrib.admin"):
        return False
    return route.pattern.strip("^").startswith(package.pattern.strip("^"))


_REDIRECTS = ("redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect", "HttpResponseGone")


def _answers_old_addresses(project: Project, view: str) -> bool:
    """Whether all that a function does is to lead elsewhere or to say 410 Gone: no page links there."""
    found = project.source.find(view) if view else None
    if found is None:
        return False
    module, scope = found
    calls = [call for call in module.calls if call.scope == scope]
    return bool(calls) and all(
        call.callee.rpartition(".")[2] in _REDIRECTS or call.keyword("status") == 410 for call in calls
    )


def _exists_under_debug_only(project: Project, route: Route) -> bool:
    """Whether the list that holds the route is one for debugging, or is added to under `if ...DEBUG`."""
    module = project.source.by_path.get(route.where.path)
    if module is None:
        return False
    around = (a for a in module.assignments if a.line <= route.where.line <= a.end_line)
    return any("debug" in a.target.lower() or "debug" in a.guard.lower() for a in around)


def _literal_links(project: Project, routes: Iterable[Route]) -> list[tuple[Location, str, Route]]:
    """(place, target as written, route) of each link and form whose path is typed out."""
    by_shape: dict[tuple[str, ...], Route] = {}
    for route in routes:
        if shape := _shape(route.pattern):
            by_shape.setdefault(shape, route)
    found = []
    for template in project.templates.all:
        for element in template.elements:
            if element.in_comment or element.name not in ("a", "form"):
                continue
            target = element.get("href" if element.name == "a" else "action") or ""
            linked = _route_of(target, by_shape)
            if linked is not None:
                found.append((Location(template.path, element.line), target, linked))
    return found


def _shape(pattern: str) -> tuple[str, ...]:
    """The parts of a path, parameters as "*"; () for the root and for what only a regex engine can tell."""
    parts = re.sub(r"<[^>]*>", "*", pattern.strip("^$/")).split("/")
    whole = all(part == "*" or ("*" not in part and re.fullmatch(r"[\w.~-]+", part)) for part in parts)
    return tuple(parts) if whole and parts[0] != "*" else ()


def _route_of(target: str, by_shape: dict[tuple[str, ...], Route]) -> Route | None:
    path = re.sub(r"^\{\{[^}]*\}\}(?=/)", "", target.partition("?")[0].partition("#")[0])
    if not path.startswith("/") or path.startswith("//") or "{%" in path:
        return None
    parts = re.sub(r"\{\{.*?\}\}", "*", path).strip("/").split("/")
    return by_shape.get(tuple(parts))


def _names(project: Project, unnamed: list[Route]) -> dict[Location, str]:
    """A free name for each route: from its view, with the end of its path when several share the view."""
    taken = {route.name.rpartition(":")[2] for route in project.urls.routes}
    chosen: dict[Location, str] = {}
    for route in unnamed:
        last = route.view.rpartition(".")[2] or "route"
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", last.removesuffix("View")).lower()
        end = re.sub(r"<(?:\w+:)?(\w+)>", r"\1", route.pattern.rstrip("$/")).rpartition("/")[2]
        end = re.sub(r"[^a-z0-9]+", "-", end.lower()).strip("-")
        candidates = [words, f"{words}-{end}" if end else words]
        candidates += [f"{words}-{number}" for number in range(2, len(unnamed) + 3)]
        chosen[route.where] = next(name for name in candidates if name not in taken)
        taken.add(chosen[route.where])
    return chosen


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The routes get names made from their views' names."""
    unnamed = _unnamed(project)
    for where, name in _names(project, unnamed).items():
        if where.path == finding.where.path:
            yield SetKeyword(where.path, where.line, "name", f'"{name}"')


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
    Breaks(
        {
            "shop/views.py": _VIEWS,
            "config/urls.py": """
                from django.urls import path
                from shop import views

                urlpatterns = [
                    path("products/", views.product_list, name="product-list"),
                    path("products/<int:pk>/", views.ProductView.as_view()),
                ]
            """,
            "shop/templates/shop/list.html": '<a href="{{ prefix }}/products/{{ product.pk }}/">Show</a>',
        },
        at="config/urls.py:6",
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
    LooksAlike(
        {
            "shop/views.py": _VIEWS,
            "config/urls.py": """
                from django.conf import settings
                from django.urls import path
                from shop import views

                urlpatterns = [
                    path("products/", views.product_list, name="product-list"),
                    path("articles/", views.product_list),
                ]
                if settings.DEBUG:
                    urlpatterns += [path("try/", views.ProductView.as_view())]
            """,
        },
        because="an older address of a view that has a name, and a route of development",
    ),
    LooksAlike(
        {
            "shop/views.py": """
                from django.http import HttpResponsePermanentRedirect
                from django.shortcuts import render
                from django.views.generic import FormView

                class SignUp(FormView): ...

                def gone(request):
                    return render(request, "410.html", status=410)

                def revision(request, number):
                    return HttpResponsePermanentRedirect("https://code.example/%s" % number)
            """,
            "config/urls.py": """
                from django.urls import include, path
                from django.views import defaults
                from shop import views

                urlpatterns = [
                    path("accounts/signup/", views.SignUp.as_view()),
                    path("accounts/", include("allauth.urls")),
                    path("comments/", views.gone),
                    path("svn/<int:number>/", views.revision),
                    path("500/", defaults.server_error),
                ]
            """,
        },
        because="allauth names the first path; the others answer old addresses or show an error page",
    ),
)

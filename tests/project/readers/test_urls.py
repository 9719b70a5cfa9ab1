from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.probed import Probed
from tenfold.project.readers.urls import read_urls
from tests.project.readers.static_reading import NOT_RUN, make_settings, read_files_as_source

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.urls import Route, Urls

VIEWS = """
from django.views.generic import DetailView, RedirectView

def index(request): ...
def search(request): ...
class Detail(DetailView): ...
class Old(RedirectView): ...
plain = Detail.as_view()
"""


def read(root: Path, urls: str, **files: str) -> Urls:
    """The URL map of shop/urls.py beside shop/views.py; other files as `a__b="..."` for a/b.py."""
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    every = {"shop/__init__.py": "", "shop/views.py": VIEWS, "shop/urls.py": urls, **named}
    return read_urls(read_files_as_source(root, every), make_settings(ROOT_URLCONF="shop.urls"), NOT_RUN)


def brief(urls: Urls) -> list[tuple[str, str, str, str]]:
    return [(r.pattern, r.name, r.view, r.style) for r in urls.routes]


def only(urls: Urls) -> Route:
    assert len(urls.routes) == 1
    return urls.routes[0]


def test_functions_classes_and_redirects_are_told_apart(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import path, re_path
from django.views.generic import RedirectView
from . import views
from .views import Detail, Old

urlpatterns = [
    path("", views.index, name="index"),
    re_path(r"^(?P<pk>[0-9]+)/$", Detail.as_view(), name="detail"),
    path("old/", Old.as_view()),
    path("older/", RedirectView.as_view(url="/")),
    path("plain/", views.plain, {}, "plain"),
    path("mark/", lambda request: None),
]
""",
    )
    assert brief(urls) == [
        ("", "index", "shop.views.index", "function"),
        ("^(?P<pk>[0-9]+)/$", "detail", "shop.views.Detail", "class"),
        ("old/", "", "shop.views.Old", "redirect"),
        ("older/", "", urls.routes[3].view, "redirect"),
        ("plain/", "plain", "shop.views.Detail", "class"),
        ("mark/", "", "", "function"),
    ]
    assert [r.where.line for r in urls.routes] == [8, 9, 10, 11, 12, 13]
    assert urls.complete
    assert not urls.exact


@pytest.mark.parametrize(
    "view",
    [
        "login_required(views.index)",
        "cache_page(60)(views.index)",
        "csrf_exempt(login_required(views.index))",
        "partial(views.index, page=1)",
        "guarded",
    ],
)
def test_decorators_and_variables_are_looked_through(tmp_path: Path, view: str) -> None:
    urls = read(
        tmp_path,
        f"""
from functools import partial
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from shop import views
guarded = login_required(views.index)
urlpatterns = [path("", {view})]
""",
    )
    assert (only(urls).view, only(urls).style) == ("shop.views.index", "function")


def test_an_include_behind_decorators_is_an_include(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from decorator_include import decorator_include
from django.urls import path
from django.views.decorators.cache import never_cache
urlpatterns = [path("api/", decorator_include(never_cache, "blog.urls"))]
""",
        blog__urls="""
from django.urls import path
from shop import views
urlpatterns = [path("list/", views.index, name="list")]
""",
        blog____init__="",
    )
    assert [(r.pattern, r.name) for r in urls.routes] == [("api/list/", "list")]


def test_routes_under_debug_are_not_in_the_map_of_production(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.conf import settings
from django.urls import path
from shop import views
urlpatterns = [path("", views.index)]
if settings.DEBUG:
    urlpatterns += [path("mail/", views.index)]
else:
    urlpatterns += [path("live/", views.index)]
""",
    )
    assert [route.pattern for route in urls.routes] == ["", "live/"]


def test_included_modules_give_prefix_and_namespace(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import include, path
import blog.urls
extra = [path("x/", include("blog.urls"))]
urlpatterns = [
    path("a/", include("blog.urls")),
    path("b/", include("blog.urls", namespace="other")),
    path("c/", include((blog.urls.urlpatterns, "third"))),
    path("d/", include(blog.urls)),
    path("e/", include(extra)),
]
""",
        blog__urls="""
from django.urls import path
from shop import views
app_name = "blog"
urlpatterns = [path("<slug:slug>/", views.index, name="post")]
""",
        blog____init__="",
    )
    assert [(r.pattern, r.name) for r in urls.routes] == [
        ("a/<slug:slug>/", "blog:post"),
        ("b/<slug:slug>/", "other:post"),
        ("c/<slug:slug>/", "third:post"),
        ("d/<slug:slug>/", "blog:post"),
        ("e/x/<slug:slug>/", "blog:post"),
    ]
    assert {r.where.path for r in urls.routes} == {"blog/urls.py"}


def test_lists_grow_by_sums_appends_and_language_prefixes(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from functools import reduce
from operator import add
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.urls import path
from . import views
first = [path("1/", views.index)]
groups = [first]
groups.append([path("2/", views.index)])
urlpatterns = reduce(add, groups) + static(settings.MEDIA_URL)
urlpatterns += i18n_patterns(path("3/", views.index))
if settings.BETA:
    urlpatterns = [path("4/", views.index)] + urlpatterns
urlpatterns.append(path("5/", views.index))
urlpatterns.extend([*first])
""",
    )
    assert [r.pattern for r in urls.routes] == ["1/", "2/", "3/", "4/", "5/", "1/"]
    assert urls.complete


def test_what_packages_bring_is_one_route_that_is_not_the_projects_own(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.contrib import admin
from django.urls import include, path
import debug_toolbar
urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("__debug__/", include(debug_toolbar.urls)),
]
""",
    )
    assert [(r.pattern, r.own) for r in urls.routes] == [
        ("admin/", False),
        ("accounts/", False),
        ("__debug__/", False),
    ]
    assert [where.line for where, _ in urls.unfollowed] == [6, 7, 8]
    assert urls.complete


def test_a_part_that_only_running_tells_makes_the_map_incomplete(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import include, path
from . import views
urlpatterns = [path("", views.index)]
for name in views.PLUGINS:
    urlpatterns.append(path("", include(name)))
urlpatterns += [path(str(n), views.index) for n in range(3)]
""",
    )
    assert not urls.complete
    assert [where.line for where, _ in urls.unfollowed] == [6, 7]


ROUTER_VIEWS = """
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from shop.models import Order

class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()

    @action(detail=True, url_path="pay-now")
    def pay(self, request, pk): ...

    @action(detail=False)
    def last_week(self, request): ...

class Reports(mixins.ListModelMixin, viewsets.GenericViewSet):
    lookup_field = "slug"
"""


def test_routers_give_the_routes_of_their_view_sets(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from shop import api
router = DefaultRouter()
router.register("orders", api.Orders)
router.register(r"reports", api.Reports, basename="report")
urlpatterns = [path("api/", include((router.urls, "api"), namespace="v1"))]
""",
        shop__api=ROUTER_VIEWS,
    )
    assert [(r.pattern, r.name, r.where.line, r.own) for r in urls.routes] == [
        ("api/^orders/$", "v1:order-list", 6, True),
        ("api/^orders/last_week/$", "v1:order-last-week", 6, True),
        ("api/^orders/(?P<pk>[^/.]+)/$", "v1:order-detail", 6, True),
        ("api/^orders/(?P<pk>[^/.]+)/pay-now/$", "v1:order-pay", 6, True),
        ("api/^reports/$", "v1:report-list", 7, True),
        ("api/^$", "v1:api-root", 5, False),
    ]
    assert {r.view for r in urls.routes if r.own} == {"shop.api.Orders", "shop.api.Reports"}
    assert {r.style for r in urls.routes if r.own} == {"viewset"}


def test_registrations_from_other_modules_are_seen(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from shop.routing import router
from shop import api
router.register("reports", api.Reports, basename="report")
urlpatterns = router.urls
""",
        shop__api=ROUTER_VIEWS,
        shop__routing="from rest_framework.routers import SimpleRouter\nrouter = SimpleRouter()\n",
    )
    assert (only(urls).pattern, only(urls).where.path) == ("^reports/$", "shop/urls.py")


def test_nested_routers_stand_below_their_parent(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from rest_framework_nested.routers import NestedSimpleRouter
from shop import api
router = SimpleRouter()
router.register("orders", api.Orders, basename="order")
inner = NestedSimpleRouter(router, "orders", lookup="order")
inner.register("reports", api.Reports, basename="report")
urlpatterns = [path("", include(inner.urls))]
""",
        shop__api=ROUTER_VIEWS,
    )
    assert only(urls).pattern == "^orders/(?P<order_pk>[^/.]+)/reports/$"


def test_modules_that_include_each_other_end(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import include, path
from . import views
urlpatterns = [path("", views.index), path("again/", include("shop.urls"))]
""",
    )
    assert [r.pattern for r in urls.routes] == [""]


def test_without_a_root_nothing_is_guessed(tmp_path: Path) -> None:
    urls = read_urls(read_files_as_source(tmp_path, {"a.py": ""}), make_settings(), NOT_RUN)
    assert isinstance(urls.root, Unknown)
    assert not urls.complete


def test_an_api_class_of_the_project_leaves_the_map_incomplete(tmp_path: Path) -> None:
    urls = read(
        tmp_path,
        """
from django.urls import path
from ninja import NinjaAPI
api = NinjaAPI()
urlpatterns = [path("api/", api.urls)]
""",
    )
    assert not urls.complete
    assert urls.unfollowed[0][0].line == 5


def test_the_one_root_of_any_settings_serves_where_productions_are_unknown(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/urls.py": "urlpatterns = []\n",
        "shop/base.py": "ROOT_URLCONF = 'shop.urls'\n",
    }
    urls = read_urls(read_files_as_source(tmp_path, files), make_settings(), NOT_RUN)
    assert urls.root == Known("shop.urls", Location("shop/base.py", 1))
    assert urls.complete


def make_probed(raw: dict[str, Any]) -> Known[Probed]:
    return Known(Probed("3.13", "6.1", "python", "shop.settings", {}, (), {}, raw), exact=True)


def test_the_probes_answer_is_exact_and_keeps_lines_of_registrations(tmp_path: Path) -> None:
    source = read_files_as_source(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/api.py": ROUTER_VIEWS,
            "shop/urls.py": """
from rest_framework.routers import SimpleRouter
from shop import api
router = SimpleRouter()
router.register("reports", api.Reports, basename="report")
urlpatterns = router.urls
""",
        },
    )
    route = {"name": "report-list", "view": "shop.api.Reports", "style": "viewset", "path": "shop/urls.py"}
    route |= {"line": 6, "own": True, "view_path": "", "view_line": 0}
    data = {
        "root": "shop.urls",
        "routes": [
            {**route, "pattern": "^reports/$"},
            {**route, "pattern": r"^reports\\.(?P<format>[a-z0-9]+)/?$".replace("\\\\", "\\")},
        ],
        "unfollowed": [],
    }
    urls = read_urls(source, make_settings(ROOT_URLCONF="shop.urls"), make_probed({"urls": data}))
    assert urls.exact
    assert only(urls).where.line == 5


def test_a_probe_without_a_url_section_leaves_the_static_map(tmp_path: Path) -> None:
    source = read_files_as_source(tmp_path, {"shop/urls.py": "urlpatterns = []\n", "shop/__init__.py": ""})
    assert not read_urls(source, make_settings(ROOT_URLCONF="shop.urls"), make_probed({})).exact


ROUTERS = """
from django.urls import include, path
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework_nested.routers import NestedSimpleRouter
"""


@pytest.mark.parametrize(
    "lines",
    [
        "a = SimpleRouter()\nx = a.register('a', V)\ny = x.register('b', V)\nx = y.register('c', V)",
        "a = NestedSimpleRouter(b, 'x')\nb = NestedSimpleRouter(a, 'y')\na.register('a', V)",
        "a = SimpleRouter()\nb = SimpleRouter()\na.register('a', V)\n"
        "a.registry.extend(b.registry)\nb.registry.extend(a.registry)",
    ],
)
def test_routers_that_lead_back_to_themselves_end(tmp_path: Path, lines: str) -> None:
    urls = read(tmp_path, f"{ROUTERS}{lines}\nurlpatterns = [path('', include(a.urls))]\n")
    assert any(pattern.endswith("a/$") for pattern, *_ in brief(urls))


def test_a_tuple_of_patterns_that_includes_itself_ends(tmp_path: Path) -> None:
    text = "part = (include(part), 'app')\nurlpatterns = [path('', include(part))]\n"
    assert brief(read(tmp_path, ROUTERS + text)) == []

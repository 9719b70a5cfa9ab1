"""What is kept of views, for whom, and what never is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.translation import gettext
from django.views.generic import ListView

from django_tenfold.cache.pages import CachedPage, cache_view
from django_tenfold.cache.pages.refusals import _report
from django_tenfold.cache.purging import purge
from django_tenfold.cache.rows import get_cached
from tests.django_site.goods.models import Shelf, Thing
from tests.django_site.people.models import Person
from tests.django_site.settings import SITE
from tests.django_tenfold.cache.conftest import WATCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

calls: list[str] = []
"""The views that ran."""


def page(name: str, **arguments: Any) -> Callable[[Callable[..., Any]], Any]:
    """A cached view at /<name>/."""

    def decorate(view: Callable[..., Any]) -> Any:
        def counted(request: HttpRequest, **kwargs: Any) -> Any:
            calls.append(name)
            return view(request, **kwargs)

        return path(f"{name}/", cache_view(60, **arguments)(counted))

    return decorate


@page("shelves", tags=[Shelf], query=("page",))
def shelves(request: HttpRequest) -> HttpResponse:
    names = ",".join(Shelf.objects.order_by("pk").values_list("name", flat=True))
    return HttpResponse(f"{names} {request.get_full_path()}")


@page("user", tags=[Shelf])
def user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


@page("promised", audience="everyone", edge_seconds=600, stale=30, tags=["home page", Shelf])
def promised(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user) if "look" in request.path else "same")


@page("broken-promise", audience="everyone")
def broken_promise(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


@page("each", audience="each")
def each(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


@page("cookie")
def cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("set")
    response.set_cookie("seen", "1")
    return response


@page("token")
def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


@page("private")
def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine", headers={"Cache-Control": "private"})


@page("stream")
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(["a", "b"])


@page("missing")
def missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("no", status=404)


@page("session")
def session(request: HttpRequest) -> HttpResponse:
    request.session["cart"] = 1
    return HttpResponse("cart")


@page("origin")
def origin(request: HttpRequest) -> HttpResponse:
    return HttpResponse("x", headers={"Vary": "Origin"})


@page("accept", headers=("Accept",))
def accept(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.headers.get("Accept", ""), headers={"Vary": "Accept"})


@page("row")
def row(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_cached(Shelf, Shelf.objects.get().pk).name)


@page("language")
def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(gettext("Yes"))


@cache_view(60, tags=lambda request, pk: [Shelf(pk=pk)])
async def shelf(request: HttpRequest, pk: int) -> HttpResponse:
    calls.append("shelf")
    return HttpResponse((await Shelf.objects.aget(pk=pk)).name)


def refuse(view: Callable[..., Any]) -> Callable[..., Any]:
    from functools import wraps

    @wraps(view)
    def refused(request: HttpRequest) -> HttpResponse:
        return view(request) if "key" in request.META.get("HTTP_X_KEY", "") else HttpResponse(status=403)

    return refused


@refuse
@cache_view(60)
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


class Things(CachedPage, ListView):
    model = Thing
    cache_page: ClassVar[dict[str, Any]] = {"seconds": 60, "tags": [Thing]}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        calls.append("things")
        return super().get(request, *args, **kwargs)

    def render_to_response(self, context: dict[str, Any], **more: Any) -> SimpleTemplateResponse:
        template = engines["django"].from_string("{{ object_list.count }} things")
        return SimpleTemplateResponse(template, context)


@page("unwatched", tags=[Person])
def unwatched(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


urlpatterns = [shelves, user, promised, broken_promise, each, cookie, token, private, stream, missing]
urlpatterns += [session, origin, accept, row, language, unwatched]
urlpatterns += [path("shelf/<int:pk>/", shelf), path("guarded/", guarded), path("things/", Things.as_view())]

MIDDLEWARE = [
    *SITE["MIDDLEWARE"],
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.locale.LocaleMiddleware",
]
OUTSIDE = "django_tenfold.cache.middleware.PageCacheMiddleware"
pytestmark = pytest.mark.usefixtures("sqlite_database", "site")


@pytest.fixture(params=["decorator", "middleware"])
def site(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test with the decorator alone, and with the middleware before all others."""
    calls.clear()
    _report.cache_clear()
    first = [OUTSIDE] if request.param == "middleware" else []
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[*first, *MIDDLEWARE]):
        yield


def get(address: str, **headers: str) -> str:
    return str(Client().get(address, headers=headers).content.decode())


def test_a_view_runs_once_until_what_it_shows_changes() -> None:
    Shelf.objects.create(name="top")
    assert [get("/shelves/") for _ in range(3)] == ["top /shelves/"] * 3
    assert calls == ["shelves"]
    Shelf.objects.update(name="low")
    assert get("/shelves/") == "low /shelves/"
    assert calls == ["shelves"] * 2


def test_parameters_that_are_not_named_are_neither_told_apart_nor_shown() -> None:
    assert get("/shelves/?utm_source=mail&page=1") == " /shelves/?page=1"
    assert get("/shelves/?page=1&utm_source=other") == " /shelves/?page=1"
    assert get("/shelves/?page=2") == " /shelves/?page=2"
    assert calls == ["shelves"] * 2


def test_who_has_a_session_is_answered_by_the_view() -> None:
    client = Client()
    client.force_login(Person.objects.create_user("ann@example.org"))
    assert get("/user/") == "AnonymousUser"
    assert client.get("/user/").content == b"ann@example.org"
    assert get("/user/") == "AnonymousUser"
    assert get("/user/", authorization="Basic x") == "AnonymousUser"
    assert calls == ["user"] * 3


def test_a_page_for_each_user_is_told_apart_by_them() -> None:
    clients = [Client(), Client()]
    for number, client in enumerate(clients):
        client.force_login(Person.objects.create_user(f"{number}@example.org"))
    for _ in range(2):
        assert [one.get("/each/").content for one in clients] == [b"0@example.org", b"1@example.org"]
    assert len(calls) == 2


def test_a_page_that_looks_at_the_user_is_not_kept_for_everyone(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert get("/broken-promise/") == "AnonymousUser"
    assert calls == ["broken-promise"] * 2
    assert [one.getMessage().partition(" is not kept: ")[2][:32] for one in caplog.records] == [
        "it looked at the user or the ses"
    ]


@pytest.mark.parametrize("name", ["cookie", "token", "private", "stream", "missing", "session", "origin"])
def test_what_is_for_one_person_is_never_kept(name: str) -> None:
    first, second = Client().get(f"/{name}/"), Client().get(f"/{name}/")
    assert calls == [name] * 2
    assert first.status_code == second.status_code
    assert not first.has_header("ETag")


def test_a_header_that_is_named_tells_answers_apart() -> None:
    assert get("/accept/", accept="text/html") == "text/html"
    assert get("/accept/", accept="application/json") == "application/json"
    assert get("/accept/", accept="text/html") == "text/html"
    assert calls == ["accept"] * 2


def test_languages_are_told_apart() -> None:
    german = get("/language/", **{"accept-language": "de"})
    assert german != get("/language/", **{"accept-language": "en"})
    assert german == get("/language/", **{"accept-language": "de"})
    assert calls == ["language"] * 2


def test_an_unchanged_page_is_answered_without_its_body_and_without_the_view() -> None:
    etag = Client().get("/shelves/").headers["ETag"]
    told = Client().get("/shelves/", headers={"if-none-match": etag})
    assert (told.status_code, told.content, told.headers["ETag"]) == (304, b"", etag)
    assert calls == ["shelves"]
    Shelf.objects.create(name="new")
    assert Client().get("/shelves/", headers={"if-none-match": etag}).status_code == 200


def test_caches_before_the_site_are_told_how_long_and_what_a_page_shows() -> None:
    with override_settings(TENFOLD_CACHE={**WATCHED, "edge_header": "Cache-Tag"}):
        for _ in range(2):
            told = Client().get("/promised/").headers
            assert told["Cache-Control"] == "public, max-age=0, s-maxage=600, stale-while-revalidate=30"
            assert told["Cache-Tag"] == "home%20page,goods.shelf"
            assert "Cookie" not in told.get("Vary", "")
    assert Client().get("/user/").headers["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert "Cookie" in Client().get("/user/").headers["Vary"]


def test_a_row_that_a_view_read_from_the_cache_takes_its_page_back() -> None:
    one = Shelf.objects.create(name="top")
    assert [get("/row/") for _ in range(4)] == ["top"] * 4
    assert len(calls) < 4
    one.name = "low"
    one.save()
    assert get("/row/") == "low"


def test_text_can_be_purged_by_hand() -> None:
    for _ in range(2):
        get("/promised/")
    assert calls == ["promised"]
    purge("home page")
    get("/promised/")
    assert calls == ["promised"] * 2


def test_a_decorator_around_a_cached_view_is_not_gone_past() -> None:
    assert get("/guarded/", **{"x-key": "key"}) == "secret"
    assert Client().get("/guarded/").status_code == 403


def test_writes_and_heads_go_to_the_view() -> None:
    get("/shelves/")
    assert Client().head("/shelves/").status_code == Client().post("/shelves/").status_code == 200
    assert calls == ["shelves"] * 3


def test_a_view_of_a_class_is_kept_too() -> None:
    for _ in range(2):
        assert get("/things/") == "0 things"
    assert calls == ["things"]


def test_coroutines_are_cached_without_a_thread_of_their_own() -> None:
    one, other = Shelf.objects.create(name="top"), Shelf.objects.create(name="low")

    async def ask(pk: int) -> str:
        return str((await AsyncClient().get(f"/shelf/{pk}/")).content.decode())

    assert [asyncio.run(ask(one.pk)) for _ in range(2)] == ["top", "top"]
    assert asyncio.run(ask(other.pk)) == "low"
    assert calls == ["shelf"] * 2
    one.name = "first"
    one.save()
    assert (asyncio.run(ask(one.pk)), asyncio.run(ask(other.pk))) == ("first", "low")
    assert calls == ["shelf"] * 3


def test_a_model_that_nobody_watches_is_an_error_that_says_what_to_add() -> None:
    with pytest.raises(Exception, match=r'Add "people.Person" to TENFOLD_CACHE\["models"\]'):
        get("/unwatched/")

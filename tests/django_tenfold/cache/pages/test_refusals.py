"""What one visitor brings, and what other middleware does, is in no page that others get."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils import timezone, translation

from django_tenfold.cache.pages import cache_view
from django_tenfold.cache.pages.refusals import _report
from django_tenfold.cache.purging import purge_everything
from django_tenfold.cache.tags.store import get_store
from tests.django_site.people.models import Person
from tests.django_site.settings import SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

OUTSIDE = "django_tenfold.cache.middleware.PageCacheMiddleware"
pytestmark = pytest.mark.usefixtures("sqlite_database", "site")


def cart(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user} {request.session.get('cart', 'nothing')}")


async def acart(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return HttpResponse(f"{user} {await request.session.aget('cart', 'nothing')}")


def greet(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"hello {request.user}")


def tell_time(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.get_current_timezone_name())


def tell_language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(translation.get_language())


def fill(request: HttpRequest) -> HttpResponse:
    request.session["cart"] = request.GET["of"]
    return HttpResponse("filled")


fails: list[bool] = []


def may_fail(request: HttpRequest) -> HttpResponse:
    if fails:
        raise ZeroDivisionError
    return HttpResponse("good")


urlpatterns = [
    path("fails/", cache_view(60, stale=60)(may_fail)),
    path("cart/", cache_view(60, audience="each")(cart)),
    path("acart/", cache_view(60, audience="each")(acart)),
    path("fill/", fill),
    path("greet/", cache_view(60)(greet)),
    path("time/", cache_view(60)(tell_time)),
    path("language/", cache_view(60)(tell_language)),
]


class OtherUrls:
    """Another site's addresses, in the same process."""

    urlpatterns: tuple[Any, ...] = (path("greet/", lambda request: HttpResponse("another view")),)


def log_in_by_token(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def answer(request: HttpRequest) -> Any:
        if name := request.COOKIES.get("token"):
            request.user = get_user_model()(email=name)
        return get_response(request)

    return answer


def choose_zone(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """As Django's documentation has it."""
    import zoneinfo

    def answer(request: HttpRequest) -> Any:
        if name := request.COOKIES.get("zone"):
            timezone.activate(zoneinfo.ZoneInfo(name))
        else:
            timezone.deactivate()
        return get_response(request)

    return answer


class OwnLocaleMiddleware(LocaleMiddleware):
    """One of the project's own."""


def choose_urlconf(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def answer(request: HttpRequest) -> Any:
        if "other" in request.COOKIES:
            request.urlconf = OtherUrls
        return get_response(request)

    return answer


def ask_consent(get_response: Callable[..., Any]) -> Callable[..., Any]:
    def answer(request: HttpRequest) -> Any:
        return get_response(request) if "consent" in request.COOKIES else HttpResponse("do you consent?")

    return answer


class AskAge:
    """Answers once the view is known, and before it runs."""

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        return None if "age" in request.COOKIES else HttpResponse("how old are you?")


@pytest.fixture(params=["decorator", "middleware"])
def site(request: pytest.FixtureRequest) -> Iterator[None]:
    _report.cache_clear()
    first = [OUTSIDE] if request.param == "middleware" else []
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[*first, *SITE["MIDDLEWARE"]]):
        yield
        timezone.deactivate()


def get(address: str, language: str = "", **cookies: str) -> str:
    client = Client()
    client.cookies.load(cookies)
    return str(client.get(address, headers={"accept-language": language}).content.decode())


def through(*middleware: Callable[..., Any]) -> Any:
    own = [f"{__name__}.{one.__name__}" for one in middleware]
    return override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, *own])


def test_the_cart_of_one_visitors_session_is_not_shown_to_the_next() -> None:
    shopper, other = Client(), Client()
    shopper.get("/fill/?of=shoes")
    other.get("/fill/?of=hats")
    assert shopper.get("/cart/").content == b"AnonymousUser shoes"
    assert other.get("/cart/").content == b"AnonymousUser hats"
    assert get("/cart/") == "AnonymousUser nothing"


def test_the_cart_of_one_visitors_session_is_not_shown_by_coroutines() -> None:
    async def ask() -> list[str]:
        shopper, user = AsyncClient(), AsyncClient()
        await shopper.get("/fill/?of=shoes")
        await user.aforce_login(await Person.objects.acreate(email="ann@example.org"))
        told = [await one.get("/acart/") for one in (shopper, AsyncClient(), user)]
        return [one.content.decode() for one in told]

    assert asyncio.run(ask()) == ["AnonymousUser shoes", "AnonymousUser nothing", "ann@example.org nothing"]


def test_who_is_logged_in_without_a_session_leaves_no_page_for_visitors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with through(log_in_by_token):
        assert get("/greet/", token="ann@example.org") == "hello ann@example.org"
        assert get("/greet/") != "hello ann@example.org"
    assert "logged in without a session" in caplog.text


def test_times_are_shown_in_the_zone_that_was_chosen() -> None:
    with through(choose_zone):
        assert get("/time/", zone="Asia/Tokyo") == "Asia/Tokyo"
        assert get("/time/") == "America/Chicago"


def test_a_project_that_chooses_languages_itself_gets_pages_of_each() -> None:
    with through(OwnLocaleMiddleware):
        assert [get("/language/", one) for one in ("en", "de", "en", "de")] == ["en", "de", "en", "de"]


def test_the_view_of_another_urlconf_is_not_kept_as_this_one() -> None:
    with through(choose_urlconf):
        assert get("/greet/", other="1") == "another view"
        assert get("/greet/") == "hello AnonymousUser"


def test_what_a_middleware_answers_in_place_of_the_view_is_not_kept() -> None:
    with through(ask_consent):
        assert get("/greet/") == "do you consent?"
        assert get("/greet/", consent="1") == "hello AnonymousUser"
    with through(AskAge):
        purge_everything()
        assert get("/greet/") == "how old are you?"
        assert get("/greet/", age="30") == "hello AnonymousUser"


def test_a_refresh_that_fails_leaves_the_old_page_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/fails/") == "good"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 70)
    monkeypatch.setattr(sys.modules[__name__], "fails", [True])
    refresher, others = Client(raise_request_exception=False), []
    store = get_store()
    ask = store.ask

    def ask_and_let_others_ask(name: str, keys: Any, *args: Any) -> Any:
        """While one makes the page anew, and after it failed."""
        if name == "free" and not others:
            others.append(None)
            others.append(get("/fails/"))
        return ask(name, keys, *args)

    monkeypatch.setattr(store, "ask", ask_and_let_others_ask)
    assert refresher.get("/fails/").status_code == 500
    assert others == [None, "good"]
    fails.clear()
    assert get("/fails/") == "good"

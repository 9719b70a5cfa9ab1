"""Who has the answer of a view that is not cached is told so without it, until what it shows changes."""

from __future__ import annotations

import asyncio
import zoneinfo
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils import timezone

from django_tenfold.cache import conditional as module
from django_tenfold.cache.conditional import conditional
from tests.django_site.goods.models import Shelf
from tests.django_site.people.models import Person
from tests.django_tenfold.cache.conftest import WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

calls: list[str] = []


def names(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    calls.append(request.path)
    if request.path == "/message/":
        messages.info(request, "saved")
    if request.path == "/cookie/":
        response = HttpResponse("set")
        response.set_cookie("seen", "1")
        return response
    if request.path == "/racing/":
        shown = [*Shelf.objects.values_list("name", flat=True)]
        Shelf.objects.update(name="meanwhile")
        return HttpResponse(",".join(shown))
    return HttpResponse(",".join(Shelf.objects.order_by("pk").values_list("name", flat=True)))


@conditional(tags=[Shelf])
async def anames(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(",".join([one.name async for one in Shelf.objects.all()]))


def read_name(request: HttpRequest, pk: int) -> str:
    return str(Shelf.objects.values_list("name", flat=True).get(pk=pk))


tagged = conditional(tags=[Shelf])(names)
urlpatterns = [
    path("tagged/", tagged),
    path("message/", tagged),
    path("cookie/", tagged),
    path("racing/", tagged),
    path("async/", anames),
    path("form/", conditional(tags=[Shelf])(lambda request: HttpResponse(get_token(request)))),
    path("everyone/", conditional(tags=[Shelf], audience="everyone", headers=["Accept"])(names)),
    path("row/<int:pk>/", conditional(tags=lambda request, pk: [Shelf(pk=pk)])(names)),
    path("version/<int:pk>/", conditional(version=read_name)(names)),
]
pytestmark = pytest.mark.usefixtures("sqlite_database", "urls")


@pytest.fixture
def urls() -> Iterator[None]:
    calls.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


def ask(address: str, etag: str = "", client: Client | None = None, **headers: str) -> Any:
    given = {**headers, **({"if-none-match": etag} if etag else {})}
    return (client or Client()).get(address, headers=given)


def test_who_has_the_answer_is_told_so_until_it_changes() -> None:
    Shelf.objects.create(name="top")
    first = ask("/tagged/")
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    told = ask("/tagged/", etag)
    assert (told.status_code, told.content, told.headers["ETag"]) == (304, b"", etag)
    assert (
        told.headers["Cache-Control"]
        == first.headers["Cache-Control"]
        == "private, max-age=0, must-revalidate"
    )
    assert ask("/tagged/", etag.removeprefix("W/")).status_code == 304
    assert calls == ["/tagged/"]
    Shelf.objects.update(name="low")
    again = ask("/tagged/", etag)
    assert (again.status_code, again.content) == (200, b"low")
    assert again.headers["ETag"] != etag


def test_the_answer_of_one_session_is_not_that_of_another() -> None:
    etag = ask("/tagged/").headers["ETag"]
    client = Client()
    client.force_login(Person.objects.create_user("ann@example.org"))
    assert ask("/tagged/", etag, client).status_code == 200
    assert ask("/tagged/", etag, authorization="Basic x").status_code == 200
    etag = ask("/tagged/", client=client).headers["ETag"]
    assert ask("/tagged/", etag, client).status_code == 304
    client.logout()
    assert ask("/tagged/", etag, client).status_code == 200


def test_a_browser_that_lost_its_cookies_gets_its_form_anew() -> None:
    middleware = "django.middleware.csrf.CsrfViewMiddleware"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, middleware]):
        client = Client()
        first = client.get("/form/")
        etag = first.headers.get("ETag", "")
        client.cookies.clear()
        again = ask("/form/", etag, client)
        assert (again.status_code, "csrftoken" in again.cookies) == (200, True)
        etag = ask("/form/", client=client).headers["ETag"]
        assert ask("/form/", etag, client).status_code == 304
        client.cookies.clear()
        assert ask("/form/", etag, client).status_code == 200


def test_times_of_another_zone_are_another_answer() -> None:
    with timezone.override(zoneinfo.ZoneInfo("Asia/Tokyo")):
        etag = ask("/tagged/").headers["ETag"]
    assert ask("/tagged/", etag).status_code == 200


def test_an_answer_for_everyone_is_told_apart_by_its_headers_alone() -> None:
    etag = ask("/everyone/", accept="text/html").headers["ETag"]
    assert ask("/everyone/", etag, authorization="Basic x", accept="text/html").status_code == 304
    assert ask("/everyone/", etag, accept="text/plain").status_code == 200
    assert ask("/everyone/").headers["Vary"] == "Accept"


def test_a_change_of_another_row_leaves_an_answer_as_it_is() -> None:
    one, other = Shelf.objects.create(name="top"), Shelf.objects.create(name="low")
    etag = ask(f"/row/{one.pk}/").headers["ETag"]
    other.name = "lower"
    other.save()
    assert ask(f"/row/{one.pk}/", etag).status_code == 304
    Shelf.objects.filter(name="top").update(name="first")
    assert ask(f"/row/{one.pk}/", etag).status_code == 200


def test_a_version_of_the_projects_own_needs_no_tags() -> None:
    one = Shelf.objects.create(name="top")
    etag = ask(f"/version/{one.pk}/").headers["ETag"]
    assert ask(f"/version/{one.pk}/", etag).status_code == 304
    Shelf.objects.update(name="low")
    assert ask(f"/version/{one.pk}/", etag).status_code == 200


def test_an_answer_that_a_change_overtook_is_not_taken_for_the_new_one() -> None:
    Shelf.objects.create(name="old")
    told = ask("/racing/")
    assert told.content == b"old"
    assert ask("/racing/", told.headers["ETag"]).content == b"meanwhile"


def test_while_somebody_writes_the_view_runs_and_promises_nothing() -> None:
    Shelf.objects.create(name="top")
    etag = ask("/tagged/").headers["ETag"]
    with transaction.atomic():
        Shelf.objects.update(name="low")
        told = ask("/tagged/", etag)
        assert (told.status_code, told.has_header("ETag")) == (200, False)
    assert ask("/tagged/", etag).status_code == 200


@pytest.mark.parametrize("address", ["/message/", "/cookie/"])
def test_an_answer_of_one_moment_has_no_etag(address: str) -> None:
    assert not ask(address).has_header("ETag")


def test_a_message_that_waits_is_shown() -> None:
    etag = ask("/tagged/").headers["ETag"]
    client = Client()
    client.cookies["messages"] = "x"
    assert ask("/tagged/", etag, client).status_code == 200


def test_another_release_and_another_day_ask_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    etag = ask("/tagged/").headers["ETag"]
    with override_settings(TENFOLD_CACHE={**WATCHED, "release": "2"}):
        assert ask("/tagged/", etag).status_code == 200
    assert ask("/tagged/", etag).status_code == 304
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + module.DAY)
    assert ask("/tagged/", etag).status_code == 200


def test_coroutines_are_told_the_same() -> None:
    Shelf.objects.create(name="top")

    async def told(etag: str) -> Any:
        return await AsyncClient().get("/async/", headers={"if-none-match": etag} if etag else {})

    etag = asyncio.run(told("")).headers["ETag"]
    assert asyncio.run(told(etag)).status_code == 304
    Shelf.objects.update(name="low")
    assert asyncio.run(told(etag)).content == b"low"
    assert calls == ["/async/"] * 2


def test_writes_and_other_statuses_go_to_the_view() -> None:
    etag = ask("/tagged/").headers["ETag"]
    assert Client().post("/tagged/", headers={"if-none-match": etag}).status_code == 200
    assert Client().head("/tagged/", headers={"if-none-match": etag}).status_code == 304


def test_nothing_to_tell_by_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs `tags` or `version`"):
        conditional()

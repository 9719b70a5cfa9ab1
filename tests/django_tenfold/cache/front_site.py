"""A small cached site, and asking it as servers do: the environment in, status, headers and body out."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import path

from django_tenfold.cache.pages import cache_view
from tests.django_site.goods.models import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

calls: list[str] = []
"""The views that ran."""


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    """By names in lower case."""
    body: bytes


def names(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    shown = ",".join(Shelf.objects.order_by("pk").values_list("name", flat=True))
    return HttpResponse(f"{shown} {request.get_full_path()}")


async def anames(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(",".join([one.name async for one in Shelf.objects.order_by("pk")]))


def accept(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(request.headers.get("Accept", ""), headers={"Vary": "Accept"})


def cookies(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.headers.get("Cookie", ""))


def language(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(request.LANGUAGE_CODE)


def long(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse("long " * 20_000)


urlpatterns = [
    path("names/", cache_view(60, tags=[Shelf])(names)),
    path("pages/", cache_view(60, tags=[Shelf], query=("page",))(names)),
    path("anames/", cache_view(60, tags=[Shelf])(anames)),
    path("everyone/", cache_view(60, tags=[Shelf], audience="everyone")(names)),
    path("special/", cache_view(60, tags=[Shelf], vary=lambda request: "x")(names)),
    path("accept/", cache_view(60, headers=("Accept",))(accept)),
    path("cookies/", cache_view(60, headers=("Cookie",))(cookies)),
    path("language/", cache_view(60)(language)),
    path("long/", cache_view(60)(long)),
    path("кот/", cache_view(60)(names)),
    path("plain/", names),
]


def ask_wsgi(application: Callable[..., Any], address: str, *, method: str = "GET", **headers: str) -> Told:
    """`headers` as `if_none_match`."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "HTTP_HOST": "localhost",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    started: list[Any] = []
    body = application(environ, lambda status, told, *_: started.append((int(status[:3]), told)))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    [(status, told)] = started
    return Told(status, {name.lower(): value for name, value in told}, content)


async def ask_asgi(application: Any, address: str, *, method: str = "GET", **headers: str) -> Told:
    path, _, query = address.partition("?")
    given = {"host": "localhost", **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[dict[str, Any]] = []
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the client stays
        asked = True
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Told(sent[0]["status"], told, b"".join(one["body"] for one in sent[1:]))

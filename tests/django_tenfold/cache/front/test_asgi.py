"""What is answered before Django's ASGI application, and what is left to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.core.asgi import get_asgi_application
from django.test import override_settings

from django_tenfold.cache.front import answer_cached_pages
from tests.django_site.goods.models import Shelf
from tests.django_tenfold.cache.front_site import ask_asgi, calls

if TYPE_CHECKING:
    from tests.django_tenfold.cache.front_site import Told

PAGES = "django_tenfold.cache.middleware.PageCacheMiddleware"
SITE = "tests.django_tenfold.cache.front_site"
pytestmark = [
    pytest.mark.usefixtures("sqlite_database"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]


class Counted:
    """Django's application, and how many requests it saw."""

    def __init__(self) -> None:
        self.asked = 0
        self.django = get_asgi_application()
        self.front = answer_cached_pages(self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await self.django(scope, receive, send)


def run(*requests: tuple[str, dict[str, str]]) -> list[tuple[Told, bool]]:
    """Each in turn, with whether Django was asked."""

    async def ask_all() -> list[tuple[Told, bool]]:
        site, told = Counted(), []
        for address, given in requests:
            before = site.asked
            answer = await ask_asgi(site.front, address, **given)
            told.append((answer, site.asked > before))
        return told

    calls.clear()
    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=[PAGES]):
        return asyncio.run(ask_all())


@pytest.mark.parametrize("address", ["/names/", "/anames/"])
def test_a_page_that_was_answered_once_is_answered_before_django(address: str) -> None:
    Shelf.objects.create(name="top")
    told = run(*[(address, {})] * 4)
    assert [django for _, django in told] == [True, True, False, False]
    assert {one.body for one, _ in told} == {told[0][0].body}
    assert told[3][0].headers["etag"] == told[0][0].headers["etag"]
    assert calls == [address]


def test_a_change_takes_the_answer_back_at_once() -> None:
    Shelf.objects.create(name="top")

    async def ask_all() -> list[bytes]:
        site = Counted()
        bodies = [(await ask_asgi(site.front, "/names/")).body for _ in range(3)]
        assert site.asked == 2
        await Shelf.objects.aupdate(name="low")
        return [*bodies, (await ask_asgi(site.front, "/names/")).body]

    with override_settings(ROOT_URLCONF=SITE, MIDDLEWARE=[PAGES]):
        assert asyncio.run(ask_all()) == [b"top /names/"] * 3 + [b"low /names/"]


def test_who_has_the_page_is_told_so_and_a_head_gets_headers_alone() -> None:
    etag = run(("/names/", {}))[0][0].headers["etag"]
    warm = [("/names/", {})] * 2
    told = run(*warm, ("/names/", {"if_none_match": etag}), ("/names/", {"method": "HEAD"}))
    (unchanged, asked), (head, also_asked) = told[2:]
    assert (unchanged.status, unchanged.body, asked) == (304, b"", False)
    assert "content-length" not in unchanged.headers
    assert (head.status, head.body, head.headers["content-length"], also_asked) == (200, b"", "8", False)


@pytest.mark.parametrize(
    "given",
    [
        {"authorization": "Basic x"},
        {"cookie": "sessionid=abc"},
        {"range": "bytes=0-1"},
        {"content_length": "3"},
        {"if_modified_since": "Sat, 01 Jan 2022 00:00:00 GMT"},
        {"method": "POST"},
        {"host": "127.0.0.1"},
    ],
)
def test_whoever_may_get_another_answer_is_asked_from_django(given: dict[str, str]) -> None:
    told = run(*[("/names/", {})] * 2, ("/names/", {"cookie": "theme=dark"}), ("/names/", given))
    assert [django for _, django in told[2:]] == [False, True]


def test_parameters_and_headers_tell_pages_apart() -> None:
    told = run(
        *[("/pages/?page=1", {})] * 3,
        *[("/pages/?page=2", {})] * 3,
        *[("/accept/", {"accept": "text/html"})] * 3,
        ("/accept/", {"accept": "text/plain"}),
        ("/names/?utm=1", {}),
        ("/names/?utm=2", {}),
        ("/names/?utm=3", {}),
    )
    assert [django for _, django in told] == [True, True, False] * 3 + [True] + [True, True, False]
    assert [told[place][0].body for place in (2, 5, 8, 9)] == [
        b" /pages/?page=1",
        b" /pages/?page=2",
        b"text/html",
        b"text/plain",
    ]

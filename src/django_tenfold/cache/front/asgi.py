"""The wrapper before Django's ASGI application: it answers in the event loop, without a thread."""

from __future__ import annotations

import re
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django_tenfold.cache.cache_metrics import HIT, count_lookup
from django_tenfold.cache.front.base import REQUEST_ID, Front, is_to_keep, make_page
from django_tenfold.cache.front.rules import name_varying
from django_tenfold.cache.front.slot import Slot, front_slot
from django_tenfold.cache.kept_pages import is_unchanged
from django_tenfold.cache.tags.store import StoreGoneError, get_store
from django_tenfold.cache.version_checks import ais_still_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_tenfold.cache.kept_pages import KeptPage, Shape

_ID = re.compile(REQUEST_ID.encode())
_REFUSED = (b"authorization", b"range", b"if-match", b"if-unmodified-since", b"transfer-encoding")


class AsgiFront(Front):
    async def __call__(self, scope: dict[str, Any], receive: Any, send: Callable[..., Any]) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.application(scope, receive, send)
            return
        started = perf_counter()
        page, headers = await self._find(scope)
        if page is None:
            await self._ask_django(scope, receive, send)
            return
        count_lookup(HIT)
        given = headers.get(b"if-none-match")
        unchanged = given is not None and is_unchanged(given.decode("latin-1"), page.etag)
        told = [*(page.headers_unchanged if unchanged else page.headers)]
        if page.id_header and _ID.fullmatch(headers.get(page.id_header, b"")):
            told.append((page.id_header, headers[page.id_header]))
        (page.count_unchanged if unchanged else page.count_full)(scope["method"], perf_counter() - started)
        await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": told})
        body = b"" if unchanged or scope["method"] == "HEAD" else page.body
        await send({"type": "http.response.body", "body": body})

    async def _find(self, scope: dict[str, Any]) -> tuple[KeptPage | None, dict[bytes, bytes]]:
        """The page that is the answer, and the request's headers."""
        pages = self._pages or self.pages
        shape = pages.shape(scope["path"])
        headers: dict[bytes, bytes] = {} if shape is None else dict(scope["headers"])
        if shape is None or len(headers) != len(scope["headers"]):  # Django joins those that come twice
            return None, headers
        key = _read_scope(shape, scope, headers)
        page = pages.find(key)
        if page is None or not _may_answer(page, headers):
            return None, headers
        try:
            valid = await ais_still_valid(page.check, get_store())
        except StoreGoneError:
            return None, headers
        if not valid:
            pages.drop(key, page)
        return page if valid else None, headers

    async def _ask_django(self, scope: dict[str, Any], receive: Any, send: Callable[..., Any]) -> None:
        """And remember the answer, when it is a kept page."""
        if scope["method"] != "GET" or not self.pages.most_bytes:
            await self.application(scope, receive, send)
            return
        slot = Slot(scope)
        sent: list[dict[str, Any]] = []

        async def listen(message: dict[str, Any]) -> None:
            if slot.entry is not None:  # filled before the answer begins
                sent.append(message)
            await send(message)

        token = front_slot.set(slot)
        try:
            await self.application(scope, receive, listen)
        finally:
            front_slot.reset(token)
        if sent and not sent[-1].get("more_body", False):
            self._keep(slot, sent)

    def _keep(self, slot: Slot, sent: list[dict[str, Any]]) -> None:
        policy, scope, start = slot.policy, slot.request, sent[0]
        headers = _decode(start.get("headers", ()))
        if policy is None or not is_to_keep(slot, start.get("status", 0), headers):
            return
        given = dict(scope["headers"])
        if len(given) != len(scope["headers"]):
            return
        names = [name.encode() for name in (*self.headers, *name_varying(policy, headers))]
        shape = self.pages.learn(scope["path"], query=bool(policy.query), headers=names)
        page = make_page(slot, headers, b"".join(one.get("body", b"") for one in sent[1:]))
        page = replace(
            page,
            headers=_encode(page.headers),
            headers_unchanged=_encode(page.headers_unchanged),
            id_header=page.id_header.lower().encode("latin-1"),
            refused_cookies=tuple(name.encode() for name in page.refused_cookies),
        )
        self.pages.keep(_read_scope(shape, scope, given), page)


def _read_scope(shape: Shape, scope: dict[str, Any], headers: dict[bytes, bytes]) -> Any:
    """What tells answers apart."""
    return (
        headers.get(b"host"),
        scope["path"],
        scope.get("query_string") if shape.query else None,
        scope.get("scheme"),
        scope.get("root_path"),
        *[headers.get(name) for name in shape.headers],
    )


def _may_answer(page: KeptPage, headers: dict[bytes, bytes]) -> bool:
    """Whether the request asks for the page as it is, for somebody it is made for."""
    for name in _REFUSED:
        if name in headers:
            return False
    cookies = headers.get(b"cookie")
    if cookies and any(name in cookies for name in page.refused_cookies):
        return False
    if not headers.get(b"host") or headers.get(b"content-length", b"0") != b"0":
        return False
    return b"if-modified-since" not in headers or b"if-none-match" in headers


def _decode(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _encode(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

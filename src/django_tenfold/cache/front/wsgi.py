"""The wrapper before Django's WSGI application."""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from django_tenfold.cache.cache_metrics import HIT, count_lookup
from django_tenfold.cache.front.base import REQUEST_ID, Front, is_to_keep, make_page
from django_tenfold.cache.front.rules import name_varying
from django_tenfold.cache.front.slot import Slot, front_slot
from django_tenfold.cache.kept_pages import is_unchanged
from django_tenfold.cache.tags.store import StoreGoneError, get_store
from django_tenfold.cache.version_checks import is_still_valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.cache.kept_pages import KeptPage, Shape

_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_ID = re.compile(REQUEST_ID)
_REFUSED = (
    "HTTP_AUTHORIZATION",
    "HTTP_RANGE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_TRANSFER_ENCODING",
)


class WsgiFront(Front):
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        started, method = perf_counter(), environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        pages = self._pages or self.pages
        shape = pages.shape(environ.get("PATH_INFO", ""))  # servers may leave it out where it is empty
        if shape is None:
            return self._ask_django(environ, start_response)
        key = _read_environ(shape, environ)
        page = pages.find(key)
        if page is None or not _may_answer(page, environ):
            return self._ask_django(environ, start_response)
        try:
            valid = is_still_valid(page.check, get_store())
        except StoreGoneError:
            return self._ask_django(environ, start_response)
        if not valid:
            pages.drop(key, page)
            return self._ask_django(environ, start_response)
        return _answer_wsgi(page, environ, start_response, started=started)

    def _ask_django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """And remember the answer, when it is a kept page."""
        if environ["REQUEST_METHOD"] != "GET" or not self.pages.most_bytes:
            return self.application(environ, start_response)
        slot, asked = Slot(environ), environ.copy()  # Django writes its own PATH_INFO and SCRIPT_NAME there
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            started[:] = [int(status[:3]), list(headers)]
            return start_response(status, headers, *error)

        token = front_slot.set(slot)
        try:
            response = self.application(environ, start)
        finally:
            front_slot.reset(token)
        if started and isinstance(response, HttpResponse) and is_to_keep(slot, *started):
            self._keep(slot, asked, headers=started[1], body=response.content)
        return response

    def _keep(
        self, slot: Slot, environ: dict[str, Any], *, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        policy = slot.policy
        assert policy is not None
        varying = (*self.headers, *name_varying(policy, headers))
        names = [_UNPREFIXED.get(name) or f"HTTP_{name.upper().replace('-', '_')}" for name in varying]
        shape = self.pages.learn(environ.get("PATH_INFO", ""), query=bool(policy.query), headers=names)
        self.pages.keep(_read_environ(shape, environ), make_page(slot, headers, body))


def _read_environ(shape: Shape, environ: dict[str, Any]) -> Any:
    """What tells answers apart."""
    told = environ.get
    return (
        told("HTTP_HOST"),
        told("PATH_INFO", ""),
        told("QUERY_STRING") if shape.query else None,
        environ["wsgi.url_scheme"],
        told("SCRIPT_NAME"),
        *[told(name) for name in shape.headers],
    )


def _may_answer(page: KeptPage, environ: dict[str, Any]) -> bool:
    """Whether the request asks for the page as it is, for somebody it is made for."""
    for name in _REFUSED:
        if name in environ:
            return False
    cookies = environ.get("HTTP_COOKIE")
    if cookies and any(name in cookies for name in page.refused_cookies):
        return False
    if not environ.get("HTTP_HOST") or environ.get("CONTENT_LENGTH") not in (None, "", "0"):
        return False
    return "HTTP_IF_MODIFIED_SINCE" not in environ or "HTTP_IF_NONE_MATCH" in environ


def _answer_wsgi(
    page: KeptPage, environ: dict[str, Any], start_response: Callable[..., Any], *, started: float
) -> list[bytes]:
    count_lookup(HIT)
    given = environ.get("HTTP_IF_NONE_MATCH")
    unchanged = given is not None and is_unchanged(given, page.etag)
    headers = [*(page.headers_unchanged if unchanged else page.headers)]
    if page.id_header:
        told = environ.get(f"HTTP_{page.id_header.upper().replace('-', '_')}", "")
        if _ID.fullmatch(told):
            headers.append((page.id_header, told))
    if unchanged:
        page.count_unchanged(environ["REQUEST_METHOD"], perf_counter() - started)
        start_response("304 Not Modified", headers)
        return []
    page.count_full(environ["REQUEST_METHOD"], perf_counter() - started)
    start_response("200 OK", headers)
    return [page.body] if environ["REQUEST_METHOD"] == "GET" else []

"""Answers as Django gave them, in the memory of a process: told again while their tags have not changed.

An answer is told apart by what Django's own answer can depend on: host, scheme, path, the query where the view
takes parameters, every header that its `Vary` names and those of the policy. The oldest go when there is no room.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from django.utils.http import parse_etags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_tenfold.cache.version_checks import VersionCheck

MOST_PATHS = 10_000
OVERHEAD = 4096
"""Bytes of a kept answer besides its body, about: headers, question, names."""
LARGEST_SHARE = 8
"""An answer may take that part of the memory."""
NOT_KEPT = frozenset(
    {
        "set-cookie",
        "date",
        "connection",
        "transfer-encoding",
        "content-length",
        "server-timing",
    }
)
"""Headers of one answer alone."""
_NOT_FOR_304 = ("content-length", "content-type", "content-encoding", "content-language", "content-range")
"""https://www.rfc-editor.org/rfc/rfc9110#name-304-not-modified"""

Header: TypeAlias = "tuple[Any, Any]"
"""Of text under WSGI, of bytes under ASGI."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the answers of one path are told apart by."""

    query: bool
    headers: tuple[Any, ...]
    """As the server names them: "HTTP_ACCEPT" or b"accept"."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    check: VersionCheck
    until: float
    """Wall time (s)."""
    etag: str
    headers: list[Header]
    headers_unchanged: list[Header]
    """Those of a 304."""
    body: bytes
    refused_cookies: tuple[Any, ...]
    """Names: who sends one of them is answered by Django. Text or bytes, as headers are."""
    id_header: Any
    """The header of the request's id, where Django's answer had it; else empty. Text or bytes, as headers are."""
    count_full: Callable[[str, float], None]
    """Told the method and the seconds that the answer took."""
    count_unchanged: Callable[[str, float], None]

    @property
    def size(self) -> int:
        return len(self.body) + len(self.check.command) + OVERHEAD


class KeptPages:
    """Of one process. Threads may find pages at any time; one at a time adds and removes them."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._shapes: dict[str, Shape] = {}
        self._pages: dict[Any, KeptPage] = {}
        self._size = 0
        self._lock = threading.Lock()

    def shape(self, path: str) -> Shape | None:
        return self._shapes.get(path)

    def find(self, key: Any) -> KeptPage | None:
        page = self._pages.get(key)
        return page if page is not None and time.time() < page.until else None

    def learn(self, path: str, *, query: bool, headers: Iterable[Any]) -> Shape:
        """The shape of a path: what one of its answers depends on, all are told apart by."""
        known = self._shapes.get(path)
        if known is None:
            if len(self._shapes) >= MOST_PATHS:
                self._shapes.clear()
            known = Shape(query, ())
        shape = Shape(query, (*known.headers, *(one for one in headers if one not in known.headers)))
        self._shapes[path] = shape
        return shape

    def keep(self, key: Any, page: KeptPage) -> None:
        if page.size * LARGEST_SHARE > self.most_bytes:
            return
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self._size += page.size
            while self._size > self.most_bytes:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Any, page: KeptPage) -> None:
        """Unless another is kept there by now."""
        with self._lock:
            if self._pages.get(key) is page:
                self._drop(key)

    def _drop(self, key: Any) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._size -= gone.size


def is_unchanged(given: str, etag: str) -> bool:
    """Whether If-None-Match names the tag, by the weak comparison that RFC 9110 asks for there."""
    if not etag:
        return False
    if given == etag:
        return True
    own = etag.removeprefix("W/")
    return any(one == "*" or one.removeprefix("W/") == own for one in parse_etags(given))


def choose_unchanged(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one for one in headers if one[0].lower() not in _NOT_FOR_304]

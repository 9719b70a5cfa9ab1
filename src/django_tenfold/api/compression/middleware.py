"""Compresses answers where no edge does, in the place of Django's GZipMiddleware.

    MIDDLEWARE = ["django_tenfold.api.compression.CompressionMiddleware", ...]

zstd, brotli or gzip at their cheapest level, as Accept-Encoding asks; text of a certain size only, never twice. An
answer gets a few bytes of random length (BREACH, https://www.breachattack.com), a weak ETag in the place of a
strong one, and the Vary and Content-Length that belong to it. A proxy that compresses takes Accept-Encoding off the
requests that it hands on, and then nothing is done here.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.utils.cache import patch_vary_headers

from django_tenfold.api.compression.encoders import choose_padding, find_encodings
from django_tenfold.api.compression.memory import PackedBodies, make_key
from django_tenfold.api.compression.negotiation import choose_encoding, is_text
from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django_tenfold.api.compression.encoders import Encoding, Stream

OFF_LOOP = 1_000_000
"""Bytes from which a body is compressed in a thread under ASGI: zstd takes 2 ms for them, zlib 8."""
_BODILESS = (204, 205, 206)
"""Statuses without a whole body."""
_OF_THESE_BYTES = frozenset(
    {"content-encoding", "content-range", "content-digest", "repr-digest", "digest", "content-md5"}
)
"""Headers of bodies that are packed already, a part, or told apart by a digest (RFC 9530) that would be wrong."""
_NOTHING = ("", "")


class CompressionMiddleware:
    """Near the top of MIDDLEWARE: above all that reads or writes bodies."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        chosen = options()
        found = find_encodings(chosen.compress)
        if not found:
            raise MiddlewareNotUsed("TENFOLD_API['compress'] names no encoding that is installed")
        self.get_response = get_response
        self._encodings = {one.name: one for one in found}
        self._offered = tuple(self._encodings)
        self._from, self._padding, self._forms = (
            chosen.compress_from,
            chosen.compress_padding,
            chosen.compress_forms,
        )
        self._memory = PackedBodies(chosen.compress_memory) if chosen.compress_memory else None
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        if self.is_async:
            return self._answer_async(request)
        response = self.get_response(request)
        encoding = self._choose(request, response)
        if encoding is not None and response.streaming:
            self._pack_stream(response, encoding)
        elif encoding is not None:
            self._pack(request, response, encoding)
        return response

    async def _answer_async(self, request: Any) -> Any:
        response = await self.get_response(request)
        encoding = self._choose(request, response)
        if encoding is None:
            return response
        if response.streaming:
            self._pack_stream(response, encoding)
        elif len(response.content) < OFF_LOOP:
            self._pack(request, response, encoding)
        else:
            await asyncio.to_thread(self._pack, request, response, encoding)
        return response

    def _choose(self, request: Any, response: Any) -> Encoding | None:
        """None where the answer stays as it is. What another client would get compressed says so in Vary."""
        if response.status_code == 304:
            _weaken_match(request, response)
            return None
        headers = _told(response)
        if (
            (not response.streaming and len(response.content) < self._from)
            or not is_text(headers.get("content-type", _NOTHING)[1])
            or response.status_code in _BODILESS
            or not _OF_THESE_BYTES.isdisjoint(headers)
            or "no-transform" in headers.get("cache-control", _NOTHING)[1].lower()
        ):
            return None
        if not self._forms and "CSRF_COOKIE_NEEDS_UPDATE" in request.META:  # set where a token is asked for
            return None
        if "vary" in headers:
            patch_vary_headers(response, ("Accept-Encoding",))
        else:  # the same, in a tenth of the time
            response.headers["Vary"] = "Accept-Encoding"
        name = choose_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""), self._offered)
        return self._encodings[name] if name else None

    def _pack(self, request: Any, response: Any, encoding: Encoding) -> None:
        body = response.content
        packed = self._find_packed(request, response, body, encoding)
        padded = encoding.pad(packed, choose_padding(self._padding))
        if len(padded) >= len(body):
            return
        response.content = padded
        response.headers["Content-Length"] = str(len(padded))
        _tell(response, encoding)

    def _find_packed(self, request: Any, response: Any, body: bytes, encoding: Encoding) -> bytes:
        if self._memory is None or not _is_for_everyone(request, response):
            return encoding.pack(body)
        place = (
            f"{request.META.get('HTTP_HOST', '')}{request.path_info}?{request.META.get('QUERY_STRING', '')}"
        )
        key = make_key(encoding.name, place, body)
        packed = self._memory.find(key, body)
        if packed is None:
            packed = encoding.pack(body)
            self._memory.keep(key, body, packed)
        return packed

    def _pack_stream(self, response: Any, encoding: Encoding) -> None:
        stream = encoding.begin(choose_padding(self._padding))
        # A view that tells nginx not to hold its parts back wants each to leave at once.
        prompt = response.headers.get("X-Accel-Buffering", "").lower() == "no"
        parts = response.streaming_content
        made: Any = _pack_parts_async if response.is_async else _pack_parts
        response.streaming_content = made(parts, stream, prompt=prompt)
        del response.headers["Content-Length"]
        _tell(response, encoding)


def _tell(response: Any, encoding: Encoding) -> None:
    response.headers["Content-Encoding"] = encoding.name
    headers = _told(response)
    headers.pop("accept-ranges", None)  # they were those of the plain body
    etag = headers.get("etag", _NOTHING)[1]
    if etag.startswith('"'):  # the same content in other bytes (RFC 9110, 8.8.1)
        response.headers["ETag"] = "W/" + etag


def _weaken_match(request: Any, response: Any) -> None:
    """A 304 has the ETag and the Vary that the answer itself would have (RFC 9110, 15.4.5)."""
    etag = response.headers.get("ETag", "")
    if not etag:
        return
    patch_vary_headers(response, ("Accept-Encoding",))
    if etag.startswith('"') and "W/" + etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        response.headers["ETag"] = "W/" + etag


def _is_for_everyone(request: Any, response: Any) -> bool:
    """Whether it is worth remembering: an answer of nobody's own may be asked for again."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.cookies:
        return False
    headers = _told(response)
    told = headers.get("cache-control", _NOTHING)[1].lower()
    if "private" in told or "no-store" in told or "HTTP_AUTHORIZATION" in request.META:
        return False
    return "cookie" not in headers.get("vary", _NOTHING)[1].lower()


def _told(response: Any) -> dict[str, tuple[str, str]]:
    """The headers, (name, value) by small letters: Django's mapping takes an exception to say that one is missing."""
    told: dict[str, tuple[str, str]] = response.headers._store
    return told


def _pack_parts(parts: Iterator[bytes], stream: Stream, *, prompt: bool) -> Iterator[bytes]:
    for part in parts:
        if made := _feed(stream, part, prompt=prompt):
            yield made
    yield stream.end()


async def _pack_parts_async(
    parts: AsyncIterator[bytes], stream: Stream, *, prompt: bool
) -> AsyncIterator[bytes]:
    async with aclosing(parts) as open_parts:  # type: ignore[type-var]
        async for part in open_parts:
            if made := _feed(stream, part, prompt=prompt):
                yield made
    yield stream.end()


def _feed(stream: Stream, part: bytes, *, prompt: bool) -> bytes:
    made = stream.feed(part)
    return made + stream.flush() if prompt else made

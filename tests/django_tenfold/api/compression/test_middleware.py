"""The compression middleware: who gets what, what is left alone, and the headers that belong to it."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import io
import zlib
from random import Random
from typing import TYPE_CHECKING, Any

import brotli
import pytest
import zstandard
from asgiref.sync import async_to_sync
from django.http import FileResponse, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.middleware.http import ConditionalGetMiddleware
from django.test import RequestFactory, override_settings

from django_tenfold.api.compression import CompressionMiddleware
from django_tenfold.api.compression import encoders as compression_encoders
from django_tenfold.api.compression import middleware as compression

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

BODY = b'{"text": "worth every hour, worth every hour"}' * 100
EVERY = "gzip, deflate, br, zstd"


def unpack(response: Any) -> bytes:
    body = response.getvalue() if not getattr(response, "is_async", False) else read_async(response)
    return unpack_bytes(response.headers.get("Content-Encoding", ""), body)


def unpack_bytes(encoding: str, body: bytes) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True).read()
    if encoding == "br":
        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if encoding == "gzip" else body


def read_async(response: Any) -> bytes:
    async def read() -> bytes:
        return b"".join([part async for part in response])

    return async_to_sync(read)()


def ask(
    answer: Callable[[Any], Any] | None = None, accepted: str = EVERY, method: str = "GET", **headers: str
) -> Any:
    request = RequestFactory().generic(
        method, "/list/?page=2", headers={"Accept-Encoding": accepted, **headers}
    )
    return CompressionMiddleware(answer or plain_answer)(request)


def plain_answer(_: Any = None, **headers: str) -> HttpResponse:
    return HttpResponse(BODY, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        (EVERY, "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("X-GZIP", "gzip"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd ; q=0, *", "br"),
        ("*;q=0.1", "zstd"),
        ("gzip;q=0", ""),
        ("gzip;q=0.000", ""),
        ("identity", ""),
        ("identity;q=1, gzip;q=0.5", ""),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("gzip;q=2", ""),
        ("gzip;q=x", ""),
        ("deflate, compress", ""),
        ("gzip" + " " * 300, ""),
        ("", ""),
    ],
)
def test_the_client_gets_the_encoding_that_it_weighs_highest(accepted: str, encoding: str) -> None:
    response = ask(accepted=accepted)
    assert response.headers.get("Content-Encoding", "") == encoding
    assert unpack(response) == BODY
    assert response.headers["Vary"] == "Accept-Encoding"
    if encoding:
        assert int(response.headers["Content-Length"]) == len(response.content) < len(BODY) / 4


@pytest.mark.parametrize("name", ["zstd", "br", "gzip"])
@pytest.mark.parametrize("padding", [0, 1, 2, 100, 256])
def test_padding_lengthens_an_answer_and_leaves_its_content(name: str, padding: int) -> None:
    (encoding,) = compression.find_encodings((name,))
    packed = encoding.pack(BODY)
    assert unpack_bytes(name, encoding.pad(packed, padding)) == BODY
    grown = len(encoding.pad(packed, padding)) - len(encoding.pad(packed, 0))
    assert padding <= grown <= padding + 2
    for parts in ([], [b""], [b"a"], [BODY[:7], b"", BODY[7:]] * 50):
        stream = encoding.begin(padding)
        made = [stream.feed(part) + stream.flush() for part in parts]
        assert unpack_bytes(name, b"".join([*made, stream.end()])) == b"".join(parts)
        stream = encoding.begin(padding)
        made = [stream.feed(part) for part in parts]
        assert unpack_bytes(name, b"".join([*made, stream.end()])) == b"".join(parts)


@pytest.mark.parametrize(
    ("make", "missing", "made_by"),
    [
        ("_make_gzip", {"isal.isal_zlib"}, "zlib"),
        ("_make_zstd", {"compression.zstd", "zstandard"}, "backports.zstd"),
        ("_make_zstd", {"compression.zstd", "zstandard", "backports.zstd"}, ""),
        ("_make_brotli", {"brotli", "brotlicffi"}, ""),
    ],
)
def test_another_module_makes_the_same_content_where_the_first_is_missing(
    monkeypatch: pytest.MonkeyPatch, make: str, missing: set[str], made_by: str
) -> None:
    def import_some(name: str) -> Any:
        if name in missing:
            raise ImportError(name)
        return importlib.import_module(name)

    monkeypatch.setattr(compression_encoders, "import_module", import_some)
    encoding = getattr(compression_encoders, make).__wrapped__()
    if not made_by:
        assert encoding is None
        return
    assert encoding.made_by == made_by
    assert unpack_bytes(encoding.name, encoding.pad(encoding.pack(BODY), 9)) == BODY
    stream = encoding.begin(9)
    sent = [stream.feed(BODY) + stream.flush(), stream.feed(BODY), stream.end()]
    assert unpack_bytes(encoding.name, b"".join(sent)) == BODY * 2


def test_a_decoder_of_one_frame_reads_all_of_a_padded_zstd_body() -> None:
    (encoding,) = compression.find_encodings(("zstd",))
    assert (
        zstandard.ZstdDecompressor().decompressobj().decompress(encoding.pad(encoding.pack(BODY), 50)) == BODY
    )
    assert zstandard.decompress(encoding.pad(encoding.pack(BODY), 50)) == BODY


def test_the_length_of_the_same_secret_differs_from_answer_to_answer() -> None:
    for accepted in ("zstd", "br", "gzip"):
        assert len({len(ask(accepted=accepted).content) for _ in range(60)}) > 20
    with override_settings(TENFOLD_API={"compress_padding": 0}):
        assert len({len(ask(accepted="gzip").content) for _ in range(20)}) == 1


LEFT_ALONE: dict[str, Callable[[], Any]] = {
    "small": lambda: HttpResponse(BODY[:1_000], content_type="application/json"),
    "encoded already": lambda: plain_answer(**{"Content-Encoding": "identity"}),
    "an image": lambda: HttpResponse(BODY, content_type="image/png"),
    "events": lambda: StreamingHttpResponse([b"data: 1\n\n"], content_type="text/event-stream"),
    "not to be transformed": lambda: plain_answer(**{"Cache-Control": "public, No-Transform"}),
    "a part": lambda: HttpResponse(
        BODY, status=206, content_type="text/css", headers={"Content-Range": "bytes 0-9/99"}
    ),
    "signed by a digest": lambda: plain_answer(**{"Content-Digest": "sha-256=:AAAA:"}),
    "a refused part": lambda: HttpResponse(
        BODY, status=416, content_type="text/css", headers={"Content-Range": "bytes */99"}
    ),
    "incompressible": lambda: HttpResponse(Random(1).randbytes(3_000), content_type="text/plain"),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_would_not_shrink_or_must_not_change_is_left_alone(name: str) -> None:
    before = LEFT_ALONE[name]()
    response = ask(lambda _: LEFT_ALONE[name]())
    assert response.getvalue() == before.getvalue()
    kept = {key: value for key, value in response.headers.items() if key != "Vary"}
    assert kept == dict(before.headers.items())
    assert ("Vary" in response.headers) == (name == "incompressible")


def test_a_strong_etag_becomes_weak_and_the_304_of_it_too() -> None:
    def answer(request: Any) -> Any:
        return ConditionalGetMiddleware(lambda _: plain_answer(ETag='"one"', Vary="Cookie"))(request)

    first = ask(answer)
    assert (first.headers["ETag"], first.headers["Vary"]) == ('W/"one"', "Cookie, Accept-Encoding")
    again = ask(answer, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", 'W/"one"')
    assert again.headers["Vary"] == "Cookie, Accept-Encoding"
    plain = ask(answer, accepted="", **{"If-None-Match": '"one"'})
    assert (plain.status_code, plain.headers["ETag"]) == (304, '"one"')
    assert ask(lambda _: plain_answer(ETag='W/"two"')).headers["ETag"] == 'W/"two"'
    assert "Vary" not in ask(lambda _: HttpResponseNotModified()).headers


def test_head_has_the_headers_of_get_but_for_the_length() -> None:
    with override_settings(TENFOLD_API={"compress_padding": 0}):
        got, head = (ask(lambda _: plain_answer(ETag='"a"'), method=one) for one in ("GET", "HEAD"))
    assert dict(head.headers.items()) == dict(got.headers.items())
    empty = ask(
        lambda _: HttpResponse(content_type="text/html", headers={"Content-Length": "5000"}), method="HEAD"
    )
    assert empty.headers["Content-Length"] == "5000"


def test_streams_are_packed_part_by_part_and_closed_with_the_response() -> None:
    closed = []

    def parts() -> Iterator[bytes]:
        try:
            for _ in range(50):
                yield BODY
        finally:
            closed.append(True)

    def answer(_: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(
            parts(), content_type="text/csv", headers={"Content-Length": str(50 * len(BODY))}
        )

    for accepted in ("zstd", "br", "gzip"):
        response = ask(answer, accepted)
        assert response.headers["Content-Encoding"] == accepted
        assert "Content-Length" not in response.headers
        assert unpack(response) == BODY * 50
    closed.clear()
    left = ask(answer)
    next(iter(left))
    left.close()
    assert closed == [True]


def test_a_stream_that_must_not_be_buffered_sends_each_part_at_once() -> None:
    def answer(_: Any) -> StreamingHttpResponse:
        headers = {"X-Accel-Buffering": "no"}
        return StreamingHttpResponse(iter([b"first", b"second"]), content_type="text/plain", headers=headers)

    sent = iter(ask(answer, "gzip"))
    unpacker = zlib.decompressobj(31)
    assert [unpacker.decompress(next(sent)), unpacker.decompress(next(sent))] == [b"first", b"second"]


def test_a_file_of_text_loses_its_length_and_its_ranges() -> None:
    def answer(_: Any) -> FileResponse:
        return FileResponse(
            io.BytesIO(BODY * 10), content_type="text/css", headers={"Accept-Ranges": "bytes", "ETag": '"f"'}
        )

    response = ask(answer)
    assert not {"Content-Length", "Accept-Ranges"} & {*response.headers}
    assert response.headers["ETag"] == 'W/"f"'
    assert unpack(response) == BODY * 10


@pytest.mark.parametrize("size", [len(BODY), compression.OFF_LOOP + len(BODY)])
def test_coroutines_are_answered_without_a_thread_until_a_body_is_large(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    hops = []

    async def hop(function: Callable[..., Any], *args: Any) -> Any:
        hops.append(function)
        return function(*args)

    monkeypatch.setattr(asyncio, "to_thread", hop)
    body = (BODY * (size // len(BODY) + 1))[:size]

    async def answer(_: Any) -> HttpResponse:
        return HttpResponse(body, content_type="text/html")

    request = RequestFactory().get("/", headers={"Accept-Encoding": EVERY})
    response = async_to_sync(CompressionMiddleware(answer))(request)
    assert unpack(response) == body
    assert bool(hops) == (size >= compression.OFF_LOOP)


def test_streams_of_coroutines_are_packed_and_closed() -> None:
    closed = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            for _ in range(20):
                yield BODY
        finally:
            closed.append(True)

    async def answer(_: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(parts(), content_type="text/csv")

    async def leave() -> None:
        response = await CompressionMiddleware(answer)(request)
        sent = response.streaming_content
        await anext(sent)
        await sent.aclose()

    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    response = async_to_sync(CompressionMiddleware(answer))(request)
    assert unpack(response) == BODY * 20
    closed.clear()
    async_to_sync(leave)()
    assert closed == [True]


def test_pages_with_a_token_are_left_alone_where_the_options_say_so() -> None:
    def answer(request: Any) -> HttpResponse:
        get_token(request)
        return plain_answer()

    assert ask(answer).headers["Content-Encoding"] == "zstd"
    with override_settings(TENFOLD_API={"compress_forms": False}):
        assert "Content-Encoding" not in ask(answer).headers
        assert ask().headers["Content-Encoding"] == "zstd"


class Counting:
    """A middleware, and how often it compressed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any], Any]) -> None:
        found = compression.find_encodings(("gzip",))[0]
        self.packed = 0

        def pack(body: bytes) -> bytes:
            self.packed += 1
            return found.pack(body)

        counted = type(found)(found.name, found.made_by, pack, found.pad, found.begin)
        monkeypatch.setattr(compression, "find_encodings", lambda _: (counted,))
        self.middleware = CompressionMiddleware(answer)

    def ask(self, path: str = "/", **headers: str) -> bytes:
        request = RequestFactory().get(path, headers={"Accept-Encoding": "gzip", **headers})
        return unpack(self.middleware(request))


def test_a_body_for_everyone_is_compressed_once_and_never_taken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bodies = [BODY]
    counting = Counting(monkeypatch, lambda _: HttpResponse(bodies[-1], content_type="text/html"))
    assert [counting.ask(), counting.packed] == [BODY, 1]
    assert [counting.ask(), counting.packed] == [BODY, 2], (
        "noted the first time, remembered from the second on"
    )
    assert [counting.ask(), counting.ask(), counting.packed] == [BODY, BODY, 2]
    middle = len(BODY) // 2 + 1
    bodies.append(BODY[:middle] + b"#" + BODY[middle + 1 :])  # of the same length, and maybe sample
    assert [counting.ask(), counting.packed] == [bodies[-1], 3]
    assert [counting.ask("/other/"), counting.packed] == [bodies[-1], 4]
    with override_settings(TENFOLD_API={"compress_memory": 0}):
        forgetful = Counting(monkeypatch, plain_answer)
        assert [forgetful.ask(), forgetful.ask(), forgetful.packed] == [BODY, BODY, 2]


@pytest.mark.parametrize(
    "headers",
    [{"Cache-Control": "private"}, {"Cache-Control": "no-store"}, {"Vary": "Cookie"}, {"Set-Cookie": "a"}],
)
def test_an_answer_of_somebodys_own_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    def answer(_: Any) -> HttpResponse:
        response = plain_answer()
        if "Set-Cookie" in headers:
            response.set_cookie("a", "b")
        else:
            for name, value in headers.items():
                response.headers[name] = value
        return response

    counting = Counting(monkeypatch, answer)
    assert [counting.ask(), counting.ask(), counting.ask(), counting.packed] == [BODY, BODY, BODY, 3]
    signed = Counting(monkeypatch, plain_answer)
    for _ in range(3):
        signed.ask(Authorization="Bearer a")
    assert signed.packed == 3


def test_what_is_remembered_stays_below_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_tenfold.api.compression.memory import PackedBodies, make_key

    memory = PackedBodies(100_000)
    bodies = [bytes([number]) * 9_000 for number in range(30)]
    keys = [make_key("gzip", f"/{number}/", body) for number, body in enumerate(bodies)]
    for key, body in zip(keys, bodies, strict=True):
        memory.keep(key, body, b"packed")
        memory.keep(key, body, b"packed")
    kept = [number for number, key in enumerate(keys) if memory.find(key, bodies[number])]
    assert kept == [*range(19, 30)]
    for number in range(2_000):  # pages that never come again
        memory.keep(make_key("gzip", f"/{number}/once/", BODY), BODY, b"packed")
        if number == 1:
            assert [memory.find(keys[one], bodies[one]) for one in kept[2:]] == [b"packed"] * (len(kept) - 2)
    assert len(memory._entries) * 64 <= 100_000
    for _ in range(2):
        memory.keep(make_key("gzip", "/", BODY * 20), BODY * 20, b"packed")
    assert memory.find(make_key("gzip", "/", BODY * 20), BODY * 20) is None


def test_without_any_encoding_the_middleware_leaves_the_stack() -> None:
    from django.core.exceptions import MiddlewareNotUsed

    with override_settings(TENFOLD_API={"compress": []}), pytest.raises(MiddlewareNotUsed):
        CompressionMiddleware(plain_answer)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from django_tenfold.observability import middleware
from django_tenfold.observability.middleware import RequestMiddleware
from django_tenfold.observability.record import current
from django_tenfold.observability.request_id import get_request_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django_tenfold.observability.record import Record


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The records of the requests that ended."""
    seen: list[Record] = []

    def keep(record: Record, response: Any) -> None:
        seen.append(record)

    monkeypatch.setattr(middleware, "build_finishers", lambda options: (keep,))
    return seen


def serve(view: Any, **headers: str) -> Any:
    return RequestMiddleware(view)(RequestFactory().get("/", **headers))


def test_an_id_from_the_edge_is_kept_and_given_back(finished: list[Record]) -> None:
    response = serve(lambda request: HttpResponse(request.request_id), HTTP_X_REQUEST_ID="abc-123.DEF_4")
    assert (response.headers["X-Request-ID"], response.content) == ("abc-123.DEF_4", b"abc-123.DEF_4")


@pytest.mark.parametrize(
    "given",
    ["", "short", "a" * 129, "abcdefgh\r\nSet-Cookie: a=b", "abcdefgh\n", "*/ DROP TABLE x; --", "ключключ"],
)
def test_an_id_that_is_no_plain_token_is_replaced(given: str, finished: list[Record]) -> None:
    response = serve(lambda request: HttpResponse(), HTTP_X_REQUEST_ID=given)
    made = response.headers["X-Request-ID"]
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")


def test_the_record_is_gone_after_the_request(finished: list[Record]) -> None:
    seen = []
    serve(lambda request: seen.append(current.get()) or HttpResponse(b"four"))
    assert current.get() is None
    assert seen == finished
    assert (finished[0].status, finished[0].sent_bytes) == (200, 4)


def test_queries_of_the_request_are_counted_and_timed(sqlite_database: None, finished: list[Record]) -> None:
    def view(request: Any) -> HttpResponse:
        list(get_user_model().objects.all())
        return HttpResponse(get_user_model().objects.count())

    serve(view)
    assert finished[0].queries == 2
    assert 0 < finished[0].sql_seconds < finished[0].seconds


def test_a_streaming_answer_ends_when_its_body_does(sqlite_database: None, finished: list[Record]) -> None:
    def body() -> Iterator[bytes]:
        yield f"{get_user_model().objects.count()}".encode()
        yield get_request_id().encode()

    response = serve(lambda request: StreamingHttpResponse(body()), HTTP_X_REQUEST_ID="abcdefgh")
    assert finished == []
    assert b"".join(response.streaming_content) == b"0abcdefgh"
    response.close()
    response.close()
    assert len(finished) == 1
    assert (finished[0].queries, finished[0].sent_bytes) == (1, 9)


def test_a_file_stays_one_that_the_server_can_send_by_itself(tmp_path: Any, finished: list[Record]) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    response = serve(lambda request: FileResponse(path.open("rb")))
    assert response.file_to_stream is not None
    response.close()
    assert finished[0].sent_bytes == 5


def test_an_async_view_runs_without_a_thread_hop_and_keeps_its_record(finished: list[Record]) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield get_request_id().encode()

    async def view(request: Any) -> StreamingHttpResponse:
        await asyncio.sleep(0)
        return StreamingHttpResponse(body())

    async def ask(number: int) -> bytes:
        request = AsyncRequestFactory().get("/", headers={"X-Request-ID": f"request-{number}"})
        response = await RequestMiddleware(view)(request)
        content = b"".join([chunk async for chunk in response.streaming_content])
        response.close()
        return content

    async def ask_all() -> list[bytes]:
        return await asyncio.gather(*(ask(number) for number in range(20)))

    assert asyncio.run(ask_all()) == [f"request-{number}".encode() for number in range(20)]
    assert sorted(record.request_id for record in finished) == sorted(f"request-{n}" for n in range(20))


def test_a_client_that_went_away_is_recorded_as_499(finished: list[Record]) -> None:
    async def view(request: Any) -> HttpResponse:
        await asyncio.sleep(60)
        return HttpResponse()

    async def leave() -> None:
        task = asyncio.create_task(RequestMiddleware(view)(AsyncRequestFactory().get("/")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert [record.status for record in finished] == [499]


def test_a_finisher_that_fails_leaves_the_answer_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(record: Record, response: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(middleware, "build_finishers", lambda options: (fail,))
    assert serve(lambda request: HttpResponse(b"fine")).content == b"fine"
    assert "test_middleware failed (1 failures in this process)" in caplog.text


def test_a_worker_that_is_killed_within_a_request_records_an_error(finished: list[Record]) -> None:
    def view(request: Any) -> HttpResponse:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        serve(view)
    assert [record.status for record in finished] == [500]
    assert current.get() is None


def test_no_header_of_an_answer_can_be_split_by_an_id(finished: list[Record]) -> None:
    for forged in (
        "abcdefgh\r\nX-Admin: 1",
        "abcdefgh\u2028X-Admin",
        "abcdefgh\x00",
        "abcdefgh%0d%0aX-Admin",
    ):
        response = serve(lambda request: HttpResponse(), HTTP_X_REQUEST_ID=forged)
        assert response.headers["X-Request-ID"].isalnum()
        assert "X-Admin" not in response.headers

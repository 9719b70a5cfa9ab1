"""The one middleware that records requests; it stands first, so that it times all others.

    MIDDLEWARE = ["django_tenfold.observability.middleware.RequestMiddleware", ...]

Under WSGI and ASGI alike it runs where the request runs, without a hop to another thread. WebSockets do not
pass through Django's middleware and are not touched.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from django_tenfold.observability.finishers import build_finishers
from django_tenfold.observability.record import Record, current
from django_tenfold.observability.request_id import accepts, make_request_id
from django_tenfold.observability.server_timing import make_timing_writer
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django_tenfold.observability.finishers import Finisher

logger = logging.getLogger(__name__)

CLIENT_WENT_AWAY = 499
"""Not a status of HTTP: nginx logs it for the same case."""

KILLED = 500
"""No answer was made: Django turns exceptions into answers, so that only the end of the process comes here."""


class RequestMiddleware:
    """Makes the record, sets the request id on the answer, calls the finishers when the answer is complete."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        chosen = options()
        self.get_response = get_response
        self.header = chosen.request_id_header
        self.meta_key = "HTTP_" + chosen.request_id_header.upper().replace("-", "_")
        self.trusts = chosen.trust_request_id
        self.finishers = build_finishers(chosen)
        self.failures = 0
        self.next_report = 0.0
        self.write_timing = make_timing_writer(chosen)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        if self.is_async:
            return self._answer_async(request)
        record = self._open(request)
        token = current.set(record)
        try:
            response = self.get_response(request)
        except BaseException:  # SystemExit: a server that kills its worker
            self._lose(record, KILLED)
            raise
        else:
            self._close(record, response)
            return response
        finally:
            current.reset(token)

    async def _answer_async(self, request: Any) -> Any:
        record = self._open(request)
        token = current.set(record)
        try:
            response = await self.get_response(request)
        except BaseException as error:
            self._lose(record, CLIENT_WENT_AWAY if isinstance(error, CancelledError) else KILLED)
            raise
        else:
            self._close(record, response)
            return response
        finally:
            current.reset(token)

    def _open(self, request: Any) -> Record:
        started = perf_counter()
        given = request.META.get(self.meta_key)
        known = given is not None and self.trusts and accepts(given) is not None
        request.request_id = given if known else make_request_id()
        return Record(request.request_id, started, request)

    def _close(self, record: Record, response: Any) -> None:
        response.headers[self.header] = record.request_id
        record.status = response.status_code
        record.name_view()
        record.seconds = perf_counter() - record.started
        if self.write_timing is not None:
            self.write_timing(record, response)
        if response.streaming:
            self._follow_stream(record, response)
        else:
            record.sent_bytes = len(response.content)
            self._finish(record, response)

    def _lose(self, record: Record, status: int) -> None:
        record.status = status
        record.seconds = perf_counter() - record.started
        record.name_view()
        self._finish(record, None)

    def _finish(self, record: Record, response: Any) -> None:
        for finisher in self.finishers:
            try:
                finisher(record, response)
            except Exception:
                self._report_failure(finisher)

    def _report_failure(self, finisher: Finisher) -> None:
        """The answer is not held up; a fault that every request meets is told once a minute."""
        self.failures += 1
        now = monotonic()
        if now >= self.next_report:
            self.next_report = now + 60
            logger.exception("%s failed (%d failures in this process)", finisher.__module__, self.failures)

    def _follow_stream(self, record: Record, response: Any) -> None:
        """The request ends when the server closes the answer: its body was made, or the client left."""
        close = response.close

        def close_and_finish() -> None:
            response.close = close  # Once: servers and test clients may close twice.
            try:
                close()
            finally:
                record.seconds = perf_counter() - record.started
                self._finish(record, response)

        response.close = close_and_finish
        if getattr(response, "file_to_stream", None) is not None:
            # Wrapped, it would no longer be a file that the server can send by itself.
            record.sent_bytes = int(response.headers.get("Content-Length", -1))
        elif response.is_async:
            response.streaming_content = _follow_async(record, response.streaming_content)
        else:
            response.streaming_content = _follow(record, response.streaming_content)


def _follow(record: Record, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The body, made with the record in place, so that its queries and log lines belong to the request."""
    while True:
        token = current.set(record)
        try:
            chunk = next(chunks)
        except StopIteration:
            return
        finally:
            current.reset(token)
        record.sent_bytes += len(chunk)
        yield chunk


async def _follow_async(record: Record, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while True:
        token = current.set(record)
        try:
            chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        finally:
            current.reset(token)
        record.sent_bytes += len(chunk)
        yield chunk

"""Exports of any number of rows as a download: CSV or JSON lines, streamed, in flat memory.

    def export_reviews(request):
        return export_response(request, Review.objects.filter(product=7), ["id", "created", "author__name", "text"])

On PostgreSQL the lines are made by COPY and pass through as bytes; where Python has a part in them (labels of
choices, fields with from_db_value, a `render`) or the database is another one, rows are read in batches. The text is
the same. `?after=<key>` goes on behind the line with that primary key, the last whole one of a download that was
cut. An end is told from a cut by HTTP itself: a chunked body has a last chunk, gzip a checksum.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest, ValidationError
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBadRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header

from django_tenfold.api.compression.encoders import find_encodings
from django_tenfold.api.compression.negotiation import choose_encoding
from django_tenfold.api.export.columns import find_columns, why_not_copy
from django_tenfold.api.export.rows import Plan, Tally, copy_lines, is_resumable, iterate_lines
from django_tenfold.api.export.text import write_header

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_tenfold.api.export.columns import Column

logger = logging.getLogger("django_tenfold.api")
KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


class BadAfter(BadRequest):
    """`after` is no key of these rows, or they do not come by key."""


def stream_rows(
    queryset: QuerySet[Any],
    columns: Iterable[str | Column] | None = None,
    *,
    kind: str = "csv",
    labels: bool = False,
    safe: bool = True,
    after: str | None = None,
    gzip: bool = False,
) -> Generator[bytes, None, None]:
    """The export in blocks of bytes, without HTTP: for files and commands.

    `labels` tells choices by their labels; `safe` guards cells of a CSV against being taken for formulas; `after`
    begins behind a key, without a header. Raises BadAfter, ValueError for another kind, and what `find_columns`
    raises, all before the first block.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be csv or jsonl, not {kind!r}")
    found = find_columns(queryset, columns, labels=labels)
    by_key = is_resumable(queryset, found)
    read = _read_after(queryset, after, by_key=by_key)
    plan = Plan(queryset, found, kind == "jsonl", safe, by_key, read)
    header = write_header(found, safe=safe) if kind == "csv" and plan.after is None else ""
    blocks = _stream(plan, header)
    return _compress(blocks) if gzip else blocks


def export_response(
    request: HttpRequest,
    queryset: QuerySet[Any],
    columns: Iterable[str | Column] | None = None,
    *,
    filename: str = "",
    **options: Any,
) -> HttpResponseBase:
    """A download of the rows; options are those of `stream_rows`, without `after` and `gzip`.

    `after` is read from the query string, gzip from Accept-Encoding. Works under WSGI and ASGI, from sync and async
    views. An `after` that cannot be followed is answered with 400 and its reason.
    """
    gzip = choose_encoding(request.headers.get("Accept-Encoding", ""), ("gzip",)) == "gzip"
    kind = options.get("kind", "csv")
    try:
        blocks = stream_rows(queryset, columns, after=request.GET.get("after"), gzip=gzip, **options)
    except BadAfter as problem:
        return HttpResponseBadRequest(str(problem), content_type="text/plain; charset=utf-8")
    if request.method == "HEAD":  # servers read all of a body that they do not send
        blocks = _send_nothing()
    streamed: Any = _in_thread(blocks) if isinstance(request, ASGIRequest) else blocks
    response = StreamingHttpResponse(streamed, content_type=KINDS[kind])
    name = filename or f"{queryset.model._meta.model_name}.{kind}"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["X-Accel-Buffering"] = (
        "no"  # nginx would fill its disk with what the client has yet to take
    )
    if gzip:
        response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _read_after(queryset: QuerySet[Any], after: str | None, *, by_key: bool) -> Any:
    if not after:
        return None
    if not by_key:
        raise BadAfter("This export does not come by key and cannot go on after one: start again.")
    try:
        if "\x00" in after:
            raise ValueError("PostgreSQL has no such text")
        return queryset.model._meta.pk.to_python(after)
    except (ValidationError, ValueError, OverflowError) as problem:
        raise BadAfter("after must be the key of the last line that arrived whole.") from problem


def _stream(plan: Plan, header: str) -> Generator[bytes, None, None]:
    """The blocks; what became of the export is logged."""
    reason = why_not_copy(plan.queryset, plan.columns)
    tally, begun = Tally(), time.monotonic()
    source = iterate_lines(plan, tally) if reason else copy_lines(plan, tally)
    try:
        with closing(source):
            if header:
                yield header.encode()
            yield from source
    finally:
        logger.info(
            "export of %s %s: %d rows in %.1f s by %s",
            plan.queryset.model._meta.label,
            "complete" if tally.done else "cut",
            tally.rows,
            time.monotonic() - begun,
            f"iteration ({reason})" if reason else "COPY",
        )


def _compress(blocks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """gzip at its fastest: level 6 takes 2.6 times the processor for a fifth less."""
    (encoding,) = find_encodings(("gzip",))
    packer = encoding.begin(0)
    with closing(blocks):
        for block in blocks:
            if packed := packer.feed(block):
                yield packed
        yield packer.end()


def _send_nothing() -> Generator[bytes, None, None]:
    yield from ()


async def _in_thread(blocks: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """The blocks under ASGI, each made in the thread of the request: no loop waits for the database."""
    take, leave = sync_to_async(_take), sync_to_async(blocks.close)
    try:
        while (block := await take(blocks)) is not None:
            yield block
    finally:
        await leave()


def _take(blocks: Generator[bytes, None, None]) -> bytes | None:
    """The next block; None at the end, because no future can hold a StopIteration."""
    return next(blocks, None)

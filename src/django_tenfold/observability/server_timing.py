"""The `Server-Timing` header: a browser's network panel then shows what the server did with the time.

Not for everybody: the time that a login or a search takes tells an attacker what exists. Staff get it, where
the request's user was loaded anyway, and everybody on a developer's machine.
https://www.w3.org/TR/server-timing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from django_tenfold.observability.request_user import find_loaded_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.observability.record import Record
    from django_tenfold.observability.settings import ObservabilityOptions


def make_timing_writer(options: ObservabilityOptions) -> Callable[[Record, Any], None] | None:
    """A function that adds the header to an answer, where whoever asked may see it."""
    if options.server_timing == "off":
        return None
    for_all = options.server_timing == "all" or settings.DEBUG

    def write_timing(record: Record, response: Any) -> None:
        if for_all or _is_for_staff(record.request):
            ours = describe_timing(record)
            theirs = response.headers.get("Server-Timing")
            response.headers["Server-Timing"] = f"{theirs}, {ours}" if theirs else ours

    return write_timing


def _is_for_staff(request: Any) -> bool:
    user = find_loaded_user(request)
    return user is not None and bool(getattr(user, "is_staff", False))


def describe_timing(record: Record) -> str:
    """Numbers only: nothing that a request brings can end up in the header. A streaming body is not in it."""
    text = (
        f"total;dur={record.seconds * 1000:.1f},"
        f' sql;dur={record.sql_seconds * 1000:.1f};desc="{record.queries} queries"'
    )
    if record.cache_hits or record.cache_misses:
        text += (
            f", cache;dur={record.cache_seconds * 1000:.1f}"
            f';desc="{record.cache_hits} hits, {record.cache_misses} misses"'
        )
    return text

"""One log line for each request, logger `tenfold.access`: who asked what, and what it cost.

Slow requests and answers from 500 on are WARNING, so that a level above INFO keeps just those.
"""

from __future__ import annotations

import logging
from logging import INFO, WARNING
from typing import TYPE_CHECKING, Any

from django_tenfold.observability.masking import MASK, is_secret
from django_tenfold.observability.request_user import find_loaded_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.observability.finishers import Finisher
    from django_tenfold.observability.record import Record
    from django_tenfold.observability.settings import ObservabilityOptions

logger = logging.getLogger("tenfold.access")


def mask_query(query: str) -> str:
    """A query string in which the values of secret names (token, password, ...) are masked."""
    if not is_secret(query) and "%" not in query:
        return query
    return "&".join(_mask_pair(pair) for pair in query.split("&"))


def _mask_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    # A name that is written with escapes (%74oken) hides what it is.
    return f"{name}{equals}{MASK}" if equals and (is_secret(name) or "%" in name) else pair


_SHOW_QUERY: dict[str, Callable[[str], str]] = {"keep": str, "mask": mask_query, "drop": lambda query: ""}


def make_finisher(options: ObservabilityOptions) -> Finisher | None:
    if not options.access_log:
        return None
    excluded = frozenset(options.access_log_exclude)
    slow = options.slow_request_ms / 1000
    show_query = _SHOW_QUERY[options.access_log_query]
    find_client = make_client_finder(options.client_header)

    def log_access(record: Record, response: Any) -> None:
        level = WARNING if record.seconds >= slow or record.status >= 500 else INFO
        if not logger.isEnabledFor(level) or (level == INFO and record.request.path in excluded):
            return
        fields = _describe(record, find_client(record.request.META))
        if query := show_query(record.request.META.get("QUERY_STRING", "")):
            fields["query"] = query
        # Not logger.log(...): it would walk the stack for a file and line that nobody wants here.
        logger.handle(
            logger.makeRecord(logger.name, level, "", 0, MESSAGE, _arguments(record), None, "access", fields)
        )

    return log_access


MESSAGE = "%s %s %d %.1f ms"


def _arguments(record: Record) -> tuple[Any, ...]:
    return record.request.method, record.request.path, record.status, record.seconds * 1000


def _describe(record: Record, client: str) -> dict[str, Any]:
    request = record.request
    fields = {
        "request_id": record.request_id,
        "method": request.method,
        "path": request.path,
        "status": record.status,
        "ms": round(record.seconds * 1000, 1),
        "view": record.view,
        "bytes": record.sent_bytes,
        "queries": record.queries,
        "sql_ms": round(record.sql_seconds * 1000, 1),
        "client": client,
    }
    user = find_loaded_user(request)
    if user is not None and user.pk is not None:
        fields["user"] = user.pk if type(user.pk) is int else str(user.pk)
    return fields


def make_client_finder(header: str) -> Callable[[dict[str, Any]], str]:
    """A function from META to the client's address.

    Of a list, the last address: the one that our edge saw. Those before it are what the client claims.
    """
    key = "HTTP_" + header.upper().replace("-", "_") if header else "REMOTE_ADDR"

    def find_client(meta: dict[str, Any]) -> str:
        return str(meta.get(key, "")).rpartition(",")[2].strip()

    return find_client

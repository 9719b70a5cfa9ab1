"""Logs statements that took too long: what, where in the project's code, and how the database planned it.

Logger `tenfold.slow_queries`, level WARNING. No value of a statement is logged: literals are ?, parameters are
told by kind and size.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django_tenfold.observability.caller import find_caller
from django_tenfold.observability.explain import explain
from django_tenfold.observability.record import current
from django_tenfold.observability.sql_text import describe_parameters, normalise, shorten_digest

if TYPE_CHECKING:
    from django_tenfold.observability.record import Record

logger = logging.getLogger("tenfold.slow_queries")


def report_slow_query(sql: Any, params: Any, seconds: float, connection: Any, *, failed: bool) -> None:
    """`params` are None when there are none, and for a statement that was run for many."""
    record = current.get()
    if record is not None:
        record.slow_queries += 1
    if not logger.isEnabledFor(logging.WARNING):
        return
    try:
        _report(sql, params, seconds, connection, record=record, failed=failed)
    except Exception:  # the statement's result, or its own error, is what the caller waits for
        logger.warning("A statement of %.0f ms could not be described", seconds * 1000, exc_info=True)


def _report(
    sql: Any, params: Any, seconds: float, connection: Any, *, record: Record | None, failed: bool
) -> None:
    text = normalise(str(sql), connection.vendor)
    fingerprint = shorten_digest(text)
    where = find_caller()
    fields = {
        "ms": round(seconds * 1000, 1),
        "sql": text,
        "parameters": describe_parameters(params),
        "fingerprint": fingerprint,
        "where": where,
        "database": connection.alias,
        "failed": failed,
    }
    if record is not None:
        fields["view"] = record.name_view()
    if not failed and isinstance(sql, str) and (plan := explain(sql, params, fingerprint, connection)):
        fields["plan"] = plan
    logger.warning(
        "%.0f ms in %s: %s%s",
        seconds * 1000,
        where or "code that could not be told",
        fields["sql"],
        f"\n{fields['plan']}" if "plan" in fields else "",
        extra=fields,
    )

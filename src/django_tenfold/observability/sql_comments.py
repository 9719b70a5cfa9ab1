"""Comments in SQL statements that say which view ran them: `/*view='shop%3Abuy',request_id='...'*/`.

The database's own log, pg_stat_activity and a slow-query log of MySQL then name the place. Off by default, and
the request id for a sample of the requests only: statements are prepared, cached and compared by their text, and
an id makes each text a new one. The view alone makes one text per view.
The format is sqlcommenter's: https://google.github.io/sqlcommenter/spec/
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django_tenfold.observability.record import current
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.observability.record import Record


def comment(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Runs the statement with a comment at its end; one that has a comment already stays as it is."""
    record = current.get()
    if record is not None and isinstance(sql, str) and "/*" not in sql and "--" not in sql:
        text = describe(record)
        # With parameters the driver takes % for the beginning of one.
        sql = f"{sql.rstrip().rstrip(';')}{text if params is None else text.replace('%', '%%')}"
    return execute(sql, params, many, context)


def describe(record: Record) -> str:
    """The comment for the statements of this request, with a space before; "" when there is nothing to say."""
    chosen = options()
    if chosen.sql_comments == "off":  # by now: the connection was made before
        return ""
    view = record.name_view()
    if chosen.sql_comments == "request" and _is_sampled(record.request_id, chosen.sql_comment_sample):
        return f" /*request_id='{_escape(record.request_id)}',view='{_escape(view)}'*/"
    return f" /*view='{_escape(view)}'*/" if view else ""


def _is_sampled(request_id: str, share: float) -> bool:
    """All statements of a request or none, and the same requests in each service that samples like this."""
    return zlib.crc32(request_id.encode()) < share * 0x1_0000_0000


@lru_cache(maxsize=1024)
def _escape(value: str) -> str:
    """No quote, slash, star, semicolon or line break is left: it cannot end the comment."""
    return quote(value, safe="")

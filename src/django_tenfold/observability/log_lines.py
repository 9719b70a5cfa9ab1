"""Log lines for machines (one JSON object a line) and for people, both safe from forged lines.

A line is put together from parts that are made once (the date of a second, what a logger's name and level look
like), and everything from outside passes through an encoder that leaves printable ASCII only: a line break, a
terminal's escape sequence or U+2028 in a message cannot begin a line of its own. Fields whose name says that
they are secret are masked. Formatting never raises: what cannot be shown is said to be so.
"""

from __future__ import annotations

import json
import logging
import time
from json.encoder import encode_basestring_ascii as quote
from math import isfinite
from typing import Any

from django_tenfold.observability.masking import MASK, is_secret, make_plain
from django_tenfold.observability.request_id import get_request_id

LONGEST = 32_768
"""Characters of one field; containers' log drivers split longer lines anyway (16 KiB with Docker)."""

_NAMES_KEPT = 2_048
"""Loggers' and fields' names whose JSON is remembered; names come from code, so this is never reached there."""

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "request_id"}
_TAKEN = frozenset({"time", "level", "logger", "exception", "exception_message", "traceback", "stack"})
"""Fields of each line, which an extra field may not give another value."""

_LAST_OWN = "process"
"""Attributes of a record after this one were added: by Python 3.12 (taskName), filters and `extra`."""


class RequestIdFilter(logging.Filter):
    """Gives each record `request_id`, "-" outside of requests. On a handler: `"filters": ["request_id"]`.

    A filter, not a record factory: a factory is one for the whole process and each library that sets its own
    must remember to call the one before; a filter costs the same (0.2 us) and stands in LOGGING to be seen.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if "request_id" not in record.__dict__:
            record.request_id = get_request_id() or "-"
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601, ms), level, logger, message, process, request_id, then extras.

    `static` are fields of every line, such as {"service": "shop"}.
    """

    def __init__(self, static: dict[str, Any] | None = None, **_: object) -> None:
        super().__init__()
        self._static = "".join(f",{quote(str(k))}:{_encode(v)}" for k, v in (static or {}).items())
        self._second: tuple[int, str] = (-1, "")
        self._heads: dict[tuple[str, str], str] = {}
        self._keys: dict[str, tuple[str, bool]] = {}

    def format(self, record: logging.LogRecord) -> str:
        own = record.__dict__
        head = self._heads.get((record.name, record.levelname)) or self._make_head(record)
        request_id = own.get("request_id") or get_request_id()
        parts = [
            f'{{"time":"{self._date(int(record.created))}.{int(record.msecs):03d}Z",{head}'
            f'{_shorten(_tell(record))},"process":{record.process}{self._static}'
        ]
        if request_id and request_id != "-":
            parts.append(f',"request_id":{quote(str(request_id))}')
        for key in reversed(own):
            if key == _LAST_OWN:
                break
            if key not in _OWN:
                parts.append(self._field(key, own[key]))
        if record.exc_info or record.exc_text or record.stack_info:
            parts.append(self._describe_failure(record))
        return "".join(parts) + "}"

    def _date(self, second: int) -> str:
        """To the second; the same for all lines of a second. A tuple, so that threads never see half of it."""
        known, text = self._second
        if known != second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, text)
        return text

    def _make_head(self, record: logging.LogRecord) -> str:
        head = f'"level":{quote(record.levelname)},"logger":{quote(record.name)},"message":'
        if len(self._heads) < _NAMES_KEPT:
            self._heads[record.name, record.levelname] = head
        return head

    def _field(self, key: str, value: Any) -> str:
        known = self._keys.get(key)
        if known is None:
            name = f"extra_{key}" if key in _TAKEN else str(key)
            known = (f",{quote(name)}:", is_secret(name))
            if len(self._keys) < _NAMES_KEPT:
                self._keys[key] = known
        start, secret = known
        if secret:
            return f'{start}"{MASK}"'
        kind = type(value)
        if kind is str:
            return start + _shorten(value)
        if kind is int or (kind is float and isfinite(value)):
            return f"{start}{value!r}"
        if key in ("request", "response") and hasattr(value, "headers"):
            return (
                ""  # django.request adds it: its text holds the query string, with what may be secret in it
            )
        return start + _encode(value)

    def _describe_failure(self, record: logging.LogRecord) -> str:
        text = ""
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, _ = record.exc_info
            name = (
                kind.__qualname__
                if kind.__module__ == "builtins"
                else f"{kind.__module__}.{kind.__qualname__}"
            )
            text = f',"exception":{quote(name)},"exception_message":{_shorten(_text(error))}'
        traceback = record.exc_text or (self._safe_traceback(record) if record.exc_info else "")
        if traceback:
            text += f',"traceback":{_shorten(traceback)}'
        if record.stack_info:
            text += f',"stack":{_shorten(_text(record.stack_info))}'
        return text

    def _safe_traceback(self, record: logging.LogRecord) -> str:
        try:
            return self.formatException(record.exc_info) if record.exc_info else ""
        except Exception as error:  # an exception whose own text cannot be made
            return f"(traceback cannot be shown: {type(error).__name__})"


class LineFormatter(logging.Formatter):
    """For people: a line a record; lines that follow (tracebacks) are indented, so that none can be forged."""

    def __init__(self, fmt: str | None = None, **options: Any) -> None:
        super().__init__(fmt or LINE, style="{", defaults={"request_id": "-"}, **options)

    def formatMessage(self, record: logging.LogRecord) -> str:
        if not record.message.isprintable():
            record.message = record.message.encode("unicode_escape").decode("ascii")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text.replace("\n", "\n  ") if "\n" in text else text


LINE = "{asctime} {levelname:<7} {name} [{request_id}] {message}"


def _tell(record: logging.LogRecord) -> str:
    """The message; with arguments that do not fit, both as they are."""
    if not record.args and type(record.msg) is str:
        return record.msg
    try:
        return record.getMessage()
    except Exception as error:
        return f"{_text(record.msg)} {_text(record.args, repr)} ({type(error).__name__} while formatting)"


def _text(value: object, show: Any = str) -> str:
    try:
        return show(value)
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__} while shown>"


def _shorten(text: str) -> str:
    """As JSON, cut at LONGEST characters."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text)} characters)"
    return quote(text)


def _encode(value: object) -> str:
    return json.dumps(make_plain(value))

"""Mails errors to ADMINS without flooding them: `logging_config(mail_errors=True)`.

Django mails each error: when a database goes, ten thousand mails, each sent within the request that failed. Here
the same error (type and place) is mailed once in ten minutes, twenty mails an hour in all, by all processes
together; the next mail tells how many were held back. The mail is sent by a thread of its own.

Processes agree through the cache. Each asks it rarely (a flood costs one look into a dictionary per error), and
does without it when it is gone: the limits then hold in each process.
"""

from __future__ import annotations

import logging
import threading
from copy import copy
from dataclasses import dataclass
from time import monotonic, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import caches
from django.utils.log import AdminEmailHandler

from django_tenfold.observability.caller import is_project_file
from django_tenfold.observability.settings import options
from django_tenfold.observability.sql_text import shorten_digest

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)

ASK_AGAIN = 30.0
"""Seconds after which a process asks the cache again about an error, and after a cache that failed."""

FAREWELL = 5.0
"""Seconds that a process which ends waits for a mail that is on its way."""

_KINDS = 1_000
"""Different errors that are remembered; beyond it all are forgotten, and the hourly limit still holds."""


@dataclass(slots=True)
class _Seen:
    """An error as this process knows it."""

    next_ask: float = 0.0
    held_back: int = 0
    """Since the cache was last told."""


class MailGate:
    """Decides which errors are mailed. Threads share it; a fork begins with a copy, which the cache corrects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}
        self._hour = (0, 0)
        self._cache_rests_until = 0.0

    def let_through(self, fingerprint: str) -> int | None:
        """None when it must not be mailed now, else how many of the kind were held back before."""
        now = monotonic()
        with self._lock:
            if len(self._seen) >= _KINDS:
                self._seen.clear()
            seen = self._seen.setdefault(fingerprint, _Seen())
            if now < seen.next_ask:
                seen.held_back += 1
                return None
            # Before the cache is asked, which takes time: other threads do not wait, nor ask as well.
            seen.next_ask = now + min(ASK_AGAIN, options().error_mail_interval_seconds)
            held_back, seen.held_back = seen.held_back, 0
        answer = self._ask_cache(fingerprint, held_back) if now >= self._cache_rests_until else held_back
        with self._lock:
            if answer is None:
                return None
            seen.next_ask = now + options().error_mail_interval_seconds
            if not self._is_within_the_hour():
                seen.held_back += answer + 1
                return None
        return answer

    def _is_within_the_hour(self) -> bool:
        """Of this process alone: what holds when the cache is gone."""
        hour = int(time() // 3600)
        count = self._hour[1] + 1 if self._hour[0] == hour else 1
        self._hour = (hour, min(count, options().error_mails_per_hour + 1))
        return count <= options().error_mails_per_hour

    def _ask_cache(self, fingerprint: str, held_back: int) -> int | None:
        """What all processes agree on; on failure this process decides by itself for a while."""
        chosen = options()
        key, count_key = f"tenfold:error:{fingerprint}", f"tenfold:errors-held-back:{fingerprint}"
        hour_key = f"tenfold:error-mails:{int(time() // 3600)}"
        try:
            cache = caches[chosen.error_mail_cache]
            cache.add(count_key, 0, timeout=86_400)
            if cache.add(key, 1, timeout=chosen.error_mail_interval_seconds):
                cache.add(hour_key, 0, timeout=7_200)
                if cache.incr(hour_key) <= chosen.error_mails_per_hour:
                    before = int(cache.get(count_key) or 0)
                    cache.delete(count_key)
                    return before + held_back
            cache.incr(count_key, held_back + 1)
        except Exception as error:  # any backend's own: the mail matters more than the agreement
            self._cache_rests_until = monotonic() + ASK_AGAIN
            logger.warning(
                "The cache is gone (%s): error mails are limited in this process alone", type(error).__name__
            )
            return held_back
        return None


gate = MailGate()
"""One for the process, whatever number of handlers there is."""


class ErrorMailHandler(AdminEmailHandler):
    """Django's handler behind the gate, with a sender of its own: settings, cookies and POST data are
    cleansed by Django's own filter (DEFAULT_EXCEPTION_REPORTER_FILTER), as in its mails."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._senders: list[threading.Thread] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not settings.ADMINS:
            return
        try:
            held_back = gate.let_through(find_fingerprint(record))
            if held_back is None:
                return
            if held_back:
                record = copy(record)
                record.msg = f"[+{held_back} alike held back] {record.getMessage()}"
                record.args = ()
            super().emit(record)
        except Exception:
            self.handleError(record)

    def send_mail(self, subject: str, message: str, *args: Any, **kwargs: Any) -> None:
        sender = threading.Thread(
            target=self._send, args=(subject, message, args, kwargs), name="error-mail", daemon=True
        )
        self._senders = [one for one in self._senders if one.is_alive()]
        self._senders.append(sender)
        sender.start()

    def _send(self, subject: str, message: str, args: Any, kwargs: Any) -> None:
        try:
            super().send_mail(subject, message, *args, **kwargs)
        except Exception as error:  # below ERROR, which would come back here
            logger.warning("A mail about an error was not sent: %s: %s", type(error).__name__, error)

    def flush(self) -> None:
        """Waits for mails on their way; `logging` calls it when the process ends."""
        until = monotonic() + FAREWELL
        for sender in self._senders:
            sender.join(max(0.0, until - monotonic()))


def find_fingerprint(record: logging.LogRecord) -> str:
    """Type of the exception and the innermost line of the project's code; without one, where it was logged."""
    if record.exc_info and record.exc_info[0] is not None:
        kind, _, traceback = record.exc_info
        return shorten_digest(f"{kind.__module__}.{kind.__qualname__} {_find_place(traceback)}")
    return shorten_digest(f"{record.name} {record.pathname}:{record.lineno} {record.levelno}")


def _find_place(traceback: TracebackType | None) -> str:
    place = ""
    ours = False
    for _ in range(1_000):  # RecursionError has a long one
        if traceback is None:
            break
        code = traceback.tb_frame.f_code
        theirs = not is_project_file(code.co_filename)
        if not (ours and theirs):
            place = f"{code.co_filename}:{traceback.tb_lineno}"
            ours = not theirs
        traceback = traceback.tb_next
    return place

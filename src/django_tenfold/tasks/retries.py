"""What is worth another try, and when."""

from __future__ import annotations

import random
import sys
from functools import lru_cache

from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerError

from django_tenfold.tasks.settings import options

BUILT_IN: tuple[type[Exception], ...] = (
    ConnectionError,
    TimeoutError,
    OperationalError,
    InterfaceError,
    BrokerError,
)
BY_NAME = (
    "requests.exceptions.ConnectionError",
    "requests.exceptions.Timeout",
    "httpx.TransportError",
    "urllib3.exceptions.TimeoutError",
    "urllib3.exceptions.ProtocolError",
    "redis.exceptions.ConnectionError",
    "redis.exceptions.TimeoutError",
    "smtplib.SMTPServerDisconnected",
    "smtplib.SMTPConnectError",
)
"""Looked at where the project has loaded the library: an exception of one that nobody imported cannot come."""


class Transient(Exception):
    """Raise it in a task to be tried again later: the fault will pass, in `after` seconds if that is known."""

    def __init__(self, *told: object, after: float | None = None) -> None:
        super().__init__(*told)
        self.after = after


def is_transient(error: BaseException, further: tuple[type[Exception], ...] = ()) -> bool:
    """Whether the same call may succeed later."""
    return isinstance(error, (Transient, *BUILT_IN, *further, *_named(_loaded(), options().transient_errors)))


def _loaded() -> tuple[str, ...]:
    return tuple(name for name in BY_NAME if name.rpartition(".")[0] in sys.modules)


@lru_cache(maxsize=8)
def _named(loaded: tuple[str, ...], further: tuple[str, ...]) -> tuple[type[Exception], ...]:
    return tuple(import_string(name) for name in (*loaded, *further))


def choose_wait(tries: int, error: BaseException | None = None) -> float:
    """Seconds before the next try, after `tries` retries: anything up to base * 2^tries, so that tasks that failed
    together do not come back together; later by what the error itself says.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    told = options()
    highest = min(told.retry_longest, told.retry_base * 2.0 ** min(tries, 32))
    known: float = getattr(error, "after", None) or 0.0
    return known + random.uniform(0, highest)

"""The ladder of timeouts: each step from the edge to the database must give up before the one above it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GUNICORN_TIMEOUT = 30.0
"""Seconds; gunicorn's default. https://docs.gunicorn.org/en/stable/settings.html#timeout"""
NGINX_PROXY_READ_TIMEOUT = 60.0
"""Seconds; nginx's default. https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"""

HEROKU_ROUTER = 30.0
"""Seconds; Heroku's router answers H12 after them. https://devcenter.heroku.com/articles/request-timeout"""
MARGIN = 5.0
"""Seconds that an outer step waits longer than the inner one, so that the inner one's error is seen."""

_OPTION = re.compile(r"(?:-c\s*|--)(\w+)\s*=\s*([\w.]+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder: `name` as a person would say it, `seconds` until it gives up (0: never)."""

    name: str
    seconds: float


def inversions(ladder: Iterable[Step]) -> Iterator[tuple[Step, Step]]:
    """Neighbours (outer, inner), outermost step first, where the inner one does not give up earlier.

    The outer step then answers 504 or kills the worker while the inner one is still at work for nobody.
    """
    for outer, inner in pairwise(ladder):
        if outer.seconds and (not inner.seconds or inner.seconds >= outer.seconds):
            yield outer, inner


def above(seconds: float, *, margin: float = MARGIN) -> float:
    """What an outer step should be set to when the inner one gives up after `seconds`."""
    return seconds + margin


def is_limit_of_request(worker_class: str) -> bool:
    """Whether gunicorn's `timeout` ends a request of these workers: to threads and event loops it is only a
    heartbeat. https://docs.gunicorn.org/en/stable/settings.html#timeout"""
    return worker_class == "sync"


def parse_seconds(text: str, *, bare: float = 1.0) -> float | None:
    """Seconds of "30s", "500ms", "2min", "1h" or a bare number (times `bare`); None when it is no time."""
    for suffix, factor in (
        ("ms", 0.001),
        ("min", 60.0),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86400.0),
    ):
        number = text.strip().removesuffix(suffix)
        if number != text.strip():
            return _number(number, factor)
    return _number(text, bare)


def parse_session_options(text: str) -> dict[str, float]:
    """Time limits in seconds out of libpq's `options`: "-c statement_timeout=30s -c lock_timeout=500"; a
    bare number counts milliseconds, as PostgreSQL reads it."""
    found = {}
    for name, value in _OPTION.findall(text):
        seconds = parse_seconds(value, bare=0.001) if name.endswith("_timeout") else None
        if seconds is not None:
            found[name] = seconds
    return found


def _number(text: str, factor: float) -> float | None:
    try:
        return float(text) * factor
    except ValueError:
        return None

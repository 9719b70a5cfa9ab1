"""uvicorn: its command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.services.app.serving import Serving

MODULE = "uvicorn"
GRACEFUL_SINCE = (0, 22)
HEALTH_SINCE = (0, 37)
JITTER_SINCE = (0, 41)
"""https://github.com/Kludex/uvicorn/releases"""


def uvicorn_words(one: Serving) -> tuple[str, ...]:
    """After `python -m uvicorn`."""
    return (*_listening(one), *_sizes(one), *_lasting(one), *_target(one))


def _target(one: Serving) -> Iterator[str]:
    """The wrapper writes the access log: uvicorn's own knows neither a request's time nor its length."""
    if not one.wrapper:
        yield one.target
        return
    folder, _, name = one.wrapper.rpartition("/")
    yield from ("--no-access-log", "--app-dir", folder, f"{name.removesuffix('.py')}:{one.interface}")


def _listening(one: Serving) -> Iterator[str]:
    if one.socket:
        yield from ("--uds", one.socket)
    else:
        yield from ("--host", one.host, "--port", str(one.port))
    yield from ("--interface", "asgi3" if one.interface == "asgi" else "wsgi", "--lifespan", "auto")
    # The socket is the edge's alone. On TCP only this machine's edge is believed.
    yield from ("--proxy-headers", "--forwarded-allow-ips", "*" if one.socket else "127.0.0.1")


def _sizes(one: Serving) -> Iterator[str]:
    yield from ("--workers", str(one.size.workers.whole))
    yield from ("--backlog", str(one.size.backlog.whole))
    yield from ("--timeout-keep-alive", str(one.size.keepalive.whole))


def _lasting(one: Serving) -> Iterator[str]:
    # A lone worker is no child of a master that starts another: its end would be the instance's.
    if one.size.max_requests.whole and one.size.workers.whole > 1:
        yield from ("--limit-max-requests", str(one.size.max_requests.whole))
        if one.knows(JITTER_SINCE):
            yield from ("--limit-max-requests-jitter", str(one.size.max_requests_jitter.whole))
    if one.knows(GRACEFUL_SINCE):
        yield from ("--timeout-graceful-shutdown", str(max(1, math.ceil(one.timeouts.graceful.seconds))))
    if one.knows(HEALTH_SINCE):
        # A worker answers from a thread: under load it waits for the interpreter's lock.
        yield from ("--timeout-worker-healthcheck", str(max(5, math.ceil(one.timeouts.app.seconds))))

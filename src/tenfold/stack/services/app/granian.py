"""granian: its command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.services.app.serving import Serving

MODULE = "granian"
IDLE_THREAD = 600
"""Seconds, the most that granian takes: a thread that ends takes its database connections with it."""
LEAST_BACKLOG = 128
"""granian refuses less."""
ACCESS_FORMAT = (
    '{"time": "%(time)s", "client": "%(addr)s", "method": "%(method)s", "path": "%(path)s",'
    ' "status": %(status)d, "milliseconds": %(dt_ms).3f}'
)
"""granian's own access log, for places without the wrapper: it costs 0.4 of the requests per second of a trivial
view (the wrapper's 0.03), escapes nothing and knows neither the request's id nor its length."""
RSS_SAMPLES_SINCE = (2, 6)
METRICS_SINCE = (2, 7)


def granian_words(one: Serving) -> tuple[str, ...]:
    """After `python -m granian`. The wrapper is named by its path: granian would look for a bare module's name
    in the working folder, and take it for part of a package where that has an `__init__.py`."""
    target = f"{one.wrapper}:{one.interface}" if one.wrapper else one.target
    return (*_listening(one), *_sizes(one), *_lasting(one), *_showing(one), target)


def _listening(one: Serving) -> Iterator[str]:
    if one.socket:
        yield from ("--uds", one.socket, "--uds-permissions", "0600")  # without the 0 it is read as decimal
    else:
        yield from ("--host", one.host, "--port", str(one.port))
    yield from ("--interface", one.interface, "--http", "1")


def _sizes(one: Serving) -> Iterator[str]:
    yield from ("--workers", str(one.size.workers.whole))
    if one.interface == "wsgi":
        yield from ("--blocking-threads", str(one.size.threads.whole))
        yield from ("--blocking-threads-idle-timeout", str(IDLE_THREAD))
    yield from ("--backlog", str(max(LEAST_BACKLOG, one.size.backlog.whole)))


def _lasting(one: Serving) -> Iterator[str]:
    """A worker that dies is replaced, one that has grown too large is replaced without a failed request."""
    yield "--respawn-failed-workers"
    yield from ("--workers-kill-timeout", str(max(1, math.ceil(one.timeouts.graceful.seconds))))
    yield from ("--workers-max-rss", str(one.size.memory.whole))
    if one.knows(RSS_SAMPLES_SINCE):
        yield from ("--rss-samples", "2")


def _showing(one: Serving) -> Iterator[str]:
    if one.setproctitle:  # granian refuses the option without the package
        yield from ("--process-name", one.process_name)
    if not one.wrapper:
        yield from ("--access-log", "--access-log-fmt", ACCESS_FORMAT)
    if one.metrics_port and one.knows(METRICS_SINCE):
        yield from ("--metrics", "--metrics-address", one.host, "--metrics-port", str(one.metrics_port))

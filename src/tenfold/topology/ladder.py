"""The ladder of timeouts, from the longest request that is admitted: edge > app > statement > lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.model import Number, TimeoutLadder
from tenfold.topology.timeouts import GUNICORN_TIMEOUT, MARGIN, Step, above, is_limit_of_request

if TYPE_CHECKING:
    from tenfold.topology.model import Wishes, Work

LEAST_TIMEOUT = 6.0
"""Seconds; below, no whole second is left between the steps, and gunicorn counts whole seconds."""
LONGEST_TIMEOUT = 86_400.0
"""Seconds: a day. More is a slip of the unit."""
LONGEST_LOCK = 5.0
"""Seconds. Who waits longer stands behind a migration or a stuck transaction, and holds a worker that others
need. https://github.com/safe-global/safe-transaction-service/blob/main/config/settings/base.py"""
CONNECT = 2.0
"""Seconds; libpq's least.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT"""


def build_ladder(work: Work, wishes: Wishes, *, worker_class: str) -> TimeoutLadder:
    """The steps, each at least a margin below the one above it.

    Raises TopologyError for a timeout that leaves no room between them.
    """
    app = GUNICORN_TIMEOUT if wishes.timeout is None else wishes.timeout
    if not LEAST_TIMEOUT <= app <= LONGEST_TIMEOUT:
        raise _refuse(app)
    margin = float(int(min(MARGIN, app / LEAST_TIMEOUT)))
    statement = app - margin
    origin = "gunicorn's default" if wishes.timeout is None else "as configured: timeout"
    holder = "the edge and the database hold a request to it"
    if work.server == "gunicorn" and is_limit_of_request(worker_class):
        holder = "the worker of a longer request is killed"
    elif work.server == "granian" and work.interface == "wsgi":
        holder = "a worker whose threads all run longer requests is replaced"
    return TimeoutLadder(
        edge=_seconds(
            above(app, margin=margin), f"{margin:g} s more than the application, whose own error is then seen"
        ),
        app=_seconds(app, f"{origin}; {holder}"),
        graceful=_seconds(app, "a server that stops lets the longest request end"),
        statement=_seconds(statement, f"{margin:g} s less than the request: the view sees the error"),
        idle_in_transaction=_seconds(
            statement, "as a statement: a transaction that hangs gives its locks back before its request ends"
        ),
        lock=_seconds(
            min(LONGEST_LOCK, statement - margin),
            f"who waits longer stands behind a migration; {margin:g} s or more below a statement",
        ),
        connect=_seconds(
            CONNECT, "connecting took 3.9 ms, and a dead host must not hold a worker; libpq's least"
        ),
    )


def list_steps(ladder: TimeoutLadder) -> tuple[Step, ...]:
    """The steps, outermost first: `inversions` finds none in them."""
    names = ("edge", "app", "statement", "lock")
    return tuple(Step(name, getattr(ladder, name).seconds) for name in names)


def _seconds(value: float, reason: str) -> Number:
    return Number(int(value) if value == int(value) else value, reason, "s")


def _refuse(app: float) -> TopologyError:
    if app > LONGEST_TIMEOUT:
        return TopologyError(
            f"A timeout of {app:g} s is more than a day.",
            next_step="timeout in [tool.tenfold.up] is in seconds.",
        )
    return TopologyError(
        f"A timeout of {app:g} s leaves no room for the steps below it.",
        why="edge > app > statement > lock: each gives up a second or more before the one above it.",
        next_step=f"Set timeout to {LEAST_TIMEOUT:g} or more in [tool.tenfold.up].",
    )

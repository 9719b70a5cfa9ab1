"""The ladder of timeouts, from the longest request that is admitted: edge > app > statement > lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.model import Number, TimeoutLadder
from tenfold.topology.timeouts import GUNICORN_TIMEOUT, MARGIN, Step

if TYPE_CHECKING:
    from tenfold.topology.model import Wishes

LEAST_TIMEOUT = 6.0
"""Seconds; below, no whole second is left between the steps, and gunicorn counts whole seconds."""
LONGEST_LOCK = 5.0
"""Seconds; safe-transaction-service waits as long for a lock. Who waits longer stands behind a migration or a
stuck transaction, and holds a worker that others need.
https://github.com/safe-global/safe-transaction-service/blob/main/config/settings/base.py"""
CONNECT = 2.0
"""Seconds; on one network a connection takes milliseconds (3.9 ms measured). libpq's least is 2.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT"""


def build_ladder(wishes: Wishes, *, server: str = "gunicorn") -> TimeoutLadder:
    """The steps, each `margin` seconds below the one above it. Raises TopologyError for a timeout that
    leaves no room between them."""
    app = GUNICORN_TIMEOUT if wishes.timeout is None else wishes.timeout
    if not LEAST_TIMEOUT <= app < float("inf"):
        raise TopologyError(
            f"A timeout of {app:g} s leaves no room for the ladder below it.",
            why="edge > app > statement > lock: each step gives up a second or more before the one above it.",
            next_step=f"Set timeout to {LEAST_TIMEOUT:g} or more in [tool.tenfold.up].",
        )
    margin = float(int(min(MARGIN, app / LEAST_TIMEOUT)))
    statement = app - margin
    lock = min(LONGEST_LOCK, statement - margin)
    return TimeoutLadder(
        edge=_seconds(app + margin, f"{margin:g} s more than the application, whose own error is then seen"),
        app=_seconds(app, _explain_app(wishes, server)),
        graceful=_seconds(app, "a stopping server lets the longest admitted request end"),
        statement=_seconds(
            statement, f"{margin:g} s less than the request: the view sees the error, not a kill"
        ),
        idle_in_transaction=_seconds(
            statement,
            "like a statement: a transaction that hangs must give its locks back before the request ends",
        ),
        lock=_seconds(
            lock,
            f"a lock that takes longer is a migration or a stuck one; {margin:g} s or more below a statement",
        ),
        connect=_seconds(
            CONNECT, "connecting took 3.9 ms; a dead host must not hold a worker. libpq's least"
        ),
    )


def list_steps(ladder: TimeoutLadder) -> tuple[Step, ...]:
    """The steps, outermost first: `inversions` finds none in them."""
    names = ("edge", "app", "statement", "lock")
    return tuple(Step(name, getattr(ladder, name).seconds) for name in names)


def _seconds(value: float, reason: str) -> Number:
    return Number(int(value) if value == int(value) else value, reason, "s")


def _explain_app(wishes: Wishes, server: str) -> str:
    origin = "gunicorn's default" if wishes.timeout is None else "as configured: timeout"
    if server == "gunicorn":
        return f"{origin}; the worker of a longer request is killed"
    return f"{origin}; {server} ends no request itself, so the edge and the database hold it"

"""How long a database may keep a process waiting: each step gives up before the one above it.

The numbers are those that `tenfold up` and `tenfold audit` reckon with (`tenfold.topology.ladder`); a test
holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_TIMEOUT = 30.0
"""Seconds; gunicorn's default. https://docs.gunicorn.org/en/stable/settings.html#timeout"""
TASK_TIMEOUT = 1500.0
"""Seconds: a task's soft limit; five minutes later is half of the hour after which Celery hands it out again.
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout"""
LEAST_TIMEOUT = 6.0
"""Seconds; below, no whole second is left between the steps."""
LONGEST_TIMEOUT = 86_400.0
"""Seconds: a day. More is a slip of the unit."""
MARGIN = 5.0
"""Seconds that an outer step waits longer than the inner one, so that the inner one's error is seen."""
LONGEST_LOCK = 5.0
"""Seconds. Who waits longer stands behind a migration or a stuck transaction.
https://github.com/safe-global/safe-transaction-service/blob/main/config/settings/base.py"""
CONNECT = 2
"""Seconds; libpq's least.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT"""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Seconds of each step, 0 for never."""

    statement: float
    lock: float
    idle_in_transaction: float
    connect: int = CONNECT


def build_ladder(role: str, *, request: float = REQUEST_TIMEOUT, task: float = TASK_TIMEOUT) -> Ladder:
    """The steps for a process of `role`: what serves requests or tasks is limited by them; a migration takes
    what it takes, but waits for no lock longer than requests can bear; so do other commands."""
    margin = float(int(min(MARGIN, request / LEAST_TIMEOUT)))
    statement = request - margin
    lock = min(LONGEST_LOCK, statement - margin)
    if role == "web":
        return Ladder(statement, lock, statement)
    if role in ("worker", "scheduler"):
        return Ladder(task, lock, 0.0)
    return Ladder(0.0, lock, 0.0)

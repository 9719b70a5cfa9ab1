from __future__ import annotations

import pytest

from django_tenfold.conf import databases, ladder
from django_tenfold.conf.ladder import build_ladder
from tenfold.project.readers.settings_evaluator.libraries import tenfold_conf
from tenfold.topology import databases as sized
from tenfold.topology import ladder as topology
from tenfold.topology import tasks
from tenfold.topology.model import Wishes, Work


@pytest.mark.parametrize("request_timeout", [6.0, 7.0, 20.0, 30.0, 60.0, 300.0])
def test_the_steps_are_those_of_the_topology(request_timeout: float) -> None:
    """The runtime does not import the tool, which reckons with the same numbers."""
    theirs = topology.build_ladder(Work(), Wishes(timeout=request_timeout), worker_class="gthread")
    ours = build_ladder("web", request=request_timeout)
    assert (ours.statement, ours.lock, ours.idle_in_transaction, float(ours.connect)) == (
        theirs.statement.seconds,
        theirs.lock.seconds,
        theirs.idle_in_transaction.seconds,
        theirs.connect.seconds,
    )
    assert tenfold_conf.session_limits(request_timeout) == (ours.statement, ours.lock)
    assert ours.lock < ours.statement < request_timeout


def test_the_numbers_are_those_of_the_topology_and_of_the_audit() -> None:
    assert ladder.TASK_TIMEOUT == tasks.SOFT_LIMIT
    assert (ladder.LEAST_TIMEOUT, ladder.LONGEST_TIMEOUT) == (
        topology.LEAST_TIMEOUT,
        topology.LONGEST_TIMEOUT,
    )
    assert ladder.REQUEST_TIMEOUT == tenfold_conf.REQUEST_TIMEOUT == topology.GUNICORN_TIMEOUT
    assert databases.POOL_SIZE == sized.ASYNC_POOL == tenfold_conf.POOL["max_size"]
    assert databases.POOL_WAIT == sized.POOL_TIMEOUT == tenfold_conf.POOL["timeout"]
    assert (databases.KEEPALIVES, databases.KEPT) == (tenfold_conf.KEEPALIVES, tenfold_conf.KEPT)


def test_tasks_have_their_own_limit_and_migrations_only_that_of_a_lock() -> None:
    assert build_ladder("worker", task=100.0).statement == 100.0
    assert build_ladder("worker").idle_in_transaction == 0.0
    for role in ("migrate", "command"):
        assert (build_ladder(role).statement, build_ladder(role).lock) == (0.0, 5.0)

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.errors import TopologyError
from tenfold.topology.ladder import build_ladder, list_steps
from tenfold.topology.model import Wishes, Work
from tenfold.topology.timeouts import inversions

if TYPE_CHECKING:
    from tenfold.topology.model import TimeoutLadder


def ladder(timeout: float | None = None, *, worker_class: str = "sync", **work: Any) -> TimeoutLadder:
    return build_ladder(Work(**work), Wishes(timeout=timeout), worker_class=worker_class)


def test_the_usual_ladder_falls_from_35_seconds_to_5() -> None:
    assert [step.seconds for step in list_steps(ladder())] == [35, 30, 25, 5]


@pytest.mark.parametrize("timeout", [6, 7.5, 11, 29.9, 120, 3600])
def test_every_ladder_falls_and_leaves_a_second_between_its_steps(timeout: float) -> None:
    steps = list_steps(ladder(timeout))
    assert not list(inversions(steps))
    assert all(a.seconds - b.seconds >= 1 for a, b in itertools.pairwise(steps))


def test_a_short_request_shortens_the_steps_below_it() -> None:
    assert [step.seconds for step in list_steps(ladder(6))] == [7, 6, 5, 4]


@pytest.mark.parametrize("timeout", [0.5, 5.9, float("nan")])
def test_a_timeout_without_room_below_is_refused(timeout: float) -> None:
    with pytest.raises(TopologyError, match=r"leaves no room(.|\n)*Set timeout to 6 or more"):
        ladder(timeout)


def test_a_timeout_of_more_than_a_day_is_taken_for_a_slip() -> None:
    with pytest.raises(TopologyError, match="in seconds"):
        ladder(30_000_000)


def test_a_server_that_stops_waits_for_the_longest_request() -> None:
    assert ladder(50).graceful.value == 50


def test_an_idle_transaction_ends_before_its_request() -> None:
    made = ladder(50)
    assert made.lock.seconds < made.idle_in_transaction.seconds < made.app.seconds


def test_only_sync_workers_of_gunicorn_are_said_to_be_killed() -> None:
    assert "killed" in ladder(server="gunicorn").app.reason
    assert "killed" not in ladder(server="gunicorn", worker_class="gthread").app.reason
    assert "killed" not in ladder(server="granian", worker_class="wsgi").app.reason


def test_granian_is_said_to_replace_a_worker_whose_threads_all_hang() -> None:
    assert "replaced" in ladder(server="granian", worker_class="wsgi").app.reason
    assert "replaced" not in ladder(server="gunicorn", worker_class="gthread").app.reason

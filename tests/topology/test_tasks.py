from __future__ import annotations

from tenfold.topology.model import Work
from tests.topology.machines import sized


def test_the_task_worker_runs_a_child_a_core() -> None:
    assert sized().tasks.concurrency.value == 4


def test_a_wished_concurrency_is_taken_as_it_is() -> None:
    tasks = sized(worker_concurrency=2).tasks
    assert tasks.concurrency.value == 2
    assert tasks.concurrency.reason == "as configured: worker-concurrency"


def test_a_child_holds_one_task_at_a_time() -> None:
    assert sized().tasks.prefetch.value == 1


def test_a_task_is_warned_before_it_is_ended() -> None:
    tasks = sized().tasks
    assert tasks.soft_time_limit.seconds < tasks.time_limit.seconds


def test_no_task_is_handed_out_again_while_it_may_still_run() -> None:
    tasks = sized().tasks
    assert tasks.visibility_timeout.seconds > tasks.time_limit.seconds


def test_the_longest_countdown_is_waited_for() -> None:
    tasks = sized(work=Work(tasks=True, longest_countdown=86_400)).tasks
    assert tasks.visibility_timeout.seconds > 86_400 + tasks.time_limit.seconds
    assert "86400 s" in tasks.visibility_timeout.reason

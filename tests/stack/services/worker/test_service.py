from __future__ import annotations

from tenfold.stack.service import Says
from tenfold.stack.services.worker.service import LONGEST_STOP, consumed, plan, worker_words
from tests.stack.example_site import make_shape, make_site
from tests.stack.services.app.example_serving import value_of


def words(**changes: object) -> tuple[str, ...]:
    (one,) = plan(make_site(**changes))
    return one.command.words


def test_the_numbers_of_the_topology_stand_on_the_command_line() -> None:
    size = make_site().topology.tasks
    told = words()
    assert value_of(told, "--concurrency") == str(size.concurrency.whole)
    assert value_of(told, "--prefetch-multiplier") == str(size.prefetch.whole)
    assert value_of(told, "--max-tasks-per-child") == str(size.max_tasks_per_child.whole)
    assert value_of(told, "--max-memory-per-child") == str(size.memory.whole * 1024)
    assert {"--without-gossip", "--without-mingle"} <= {*told}


def test_limits_of_time_are_left_to_the_application_where_the_overlay_sets_them() -> None:
    assert not {"--time-limit", "--soft-time-limit"} & {*words()}
    size = make_site().topology.tasks
    told = worker_words(size, node="worker@shop")
    assert value_of(told, "--soft-time-limit") == str(size.soft_time_limit.whole)
    assert value_of(told, "--time-limit") == str(size.time_limit.whole)


def test_it_is_ready_when_it_says_so_by_its_own_name() -> None:
    (one,) = plan(make_site())
    assert one.ready == Says("worker@shop ready.")
    assert value_of(one.command.words, "--hostname") == "worker@shop"


def test_the_queues_of_the_projects_own_workers_are_consumed_and_the_default() -> None:
    told = words(shape=make_shape(queues=("mail", "reports")))
    assert value_of(told, "--queues") == "mail,reports,celery"
    assert "--queues" not in words()
    assert consumed(("celery", "mail")) == ("celery", "mail")


def test_events_are_sent_only_where_a_dashboard_shows_them() -> None:
    assert "--task-events" not in words()
    assert "--task-events" in words(config={"services": ("dashboard",)})


def test_a_stop_waits_for_a_running_task_and_not_for_ever() -> None:
    (one,) = plan(make_site())
    assert one.stop_signal == "TERM"
    assert 10 < one.stop_seconds <= LONGEST_STOP


def test_only_root_is_told_that_it_may_run_a_worker() -> None:
    (plain,) = plan(make_site())
    (root,) = plan(make_site(root_user=True))
    assert "C_FORCE_ROOT" not in plain.command.environment
    assert root.command.environment["C_FORCE_ROOT"] == "1"


def test_a_project_without_celery_has_no_worker() -> None:
    assert list(plan(make_site(shape=make_shape(celery="")))) == []
    assert list(plan(make_site(config={"without": ("worker",)}))) == []

"""Django's own tasks through a real Celery worker, and the figures of that worker."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import django
import pytest
from django.test import override_settings

from django_tenfold.tasks.models import DeadTask
from django_tenfold.tasks.queues import measure_queues
from tests.live.blocks.task_fixtures import task_site
from tests.live.blocks.task_processes import count_effects
from tests.live.blocks.task_site import tasks
from tests.live.stack.driving import free_port, wait_until

if TYPE_CHECKING:
    from tests.live.blocks.task_processes import TaskSite

__all__ = ["task_site"]

pytestmark = pytest.mark.live
BACKEND = {"default": {"BACKEND": "django_tenfold.tasks.backends.CeleryBackend", "QUEUES": []}}
needs_django_tasks = pytest.mark.skipif(django.VERSION < (6, 0), reason="django.tasks came with Django 6.0")


@needs_django_tasks
def test_a_task_of_django_has_its_result_from_the_worker(task_site: TaskSite) -> None:
    task_site.start_worker()
    with override_settings(TASKS=BACKEND):
        from tests.live.blocks.task_site.django_functions import divide, double, tell_attempt

        doubled, attempt, failed = double.enqueue(21), tell_attempt.enqueue(), divide.enqueue(0)

        def ended() -> bool:
            for one in (doubled, attempt, failed):
                one.refresh()
            return all(one.is_finished for one in (doubled, attempt, failed))

        wait_until(ended, "all three have ended")
        assert (doubled.return_value, attempt.return_value) == (42, 1)
        assert failed.errors[0].exception_class is ZeroDivisionError
        assert DeadTask.objects.get().name == "tenfold.run_django_task"


def test_a_worker_shows_the_figures_of_all_its_processes(task_site: TaskSite) -> None:
    folder = task_site.folder / "metrics"
    folder.mkdir()
    port = task_site.options["metrics_port"] = free_port()
    task_site.environment["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    task_site.start_worker()
    tasks.note.delay("counted")
    wait_until(lambda: count_effects("counted"), "the task ran")

    def shown() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return 'tenfold_tasks_total{outcome="succeeded",task="site.note"} 1.0' in text and (
            'tenfold_task_wait_seconds_count{queue="celery",task="site.note"} 1.0' in text
        )

    wait_until(shown, "the figures are there")


def test_waiting_messages_are_counted_and_the_oldest_is_dated(task_site: TaskSite) -> None:
    for number in range(3):
        tasks.note.delay(str(number))
    (found,) = measure_queues(tasks.note.app)
    assert (found.name, found.depth) == ("celery", 3)
    assert found.oldest_seconds is not None
    (missing,) = measure_queues(tasks.note.app, ["nobody"])
    assert (missing.depth, missing.oldest_seconds) == (0, None)

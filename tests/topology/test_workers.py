from __future__ import annotations

import pytest

from tenfold.errors import TopologyError
from tenfold.topology.model import Work
from tenfold.topology.workers import jitter_of, runs_async, sync_workers
from tests.topology.machines import make_machine, sized


def test_granian_gets_one_worker_a_core_divided_over_two_instances() -> None:
    app = sized().app
    assert (app.instances.value, app.workers.value, app.threads.value) == (2, 2, 4)
    assert app.worker_class.value == "wsgi"
    assert app.workers.reason.startswith("4 cores: one worker a core")


def test_gunicorn_gets_a_worker_a_core_with_threads_of_its_own() -> None:
    app = sized(work=Work(server="gunicorn")).app
    assert (app.worker_class.value, app.threads.value, app.workers.value) == ("gthread", 4, 2)


def test_gunicorn_with_one_thread_gets_its_rule_of_sync_workers() -> None:
    app = sized(work=Work(server="gunicorn"), threads=1).app
    assert app.worker_class.value == "sync"
    assert app.workers.value == 5
    assert "9 in all, 5 in each of 2 instances (rounded up to 10" in app.workers.reason


def test_gunicorn_gets_threads_where_views_wait_for_others() -> None:
    app = sized(work=Work(server="gunicorn", waits=True)).app
    assert (app.worker_class.value, app.threads.value) == ("gthread", 8)
    assert app.instances.whole * app.workers.whole == 4


def test_an_event_loop_a_core_serves_a_project_that_needs_asgi() -> None:
    app = sized(work=Work(interface="asgi", server="uvicorn")).app
    assert (app.worker_class.value, app.threads.value, app.workers.value) == ("asgi", 1, 2)


def test_gunicorn_serves_asgi_through_the_worker_of_uvicorn() -> None:
    app = sized(work=Work(interface="asgi", server="gunicorn")).app
    assert app.worker_class.value == "uvicorn_worker.UvicornWorker"


def test_one_core_runs_one_instance_and_says_why() -> None:
    app = sized(make_machine(1, gibibytes=4)).app
    assert (app.instances.value, app.workers.value) == (1, 1)
    assert "one core" in app.instances.reason


def test_a_single_wished_worker_cannot_be_divided() -> None:
    app = sized(workers=1).app
    assert (app.instances.value, app.workers.value) == (1, 1)
    assert app.workers.reason == "as configured: workers"


def test_an_odd_wish_is_rounded_up_so_that_instances_are_alike() -> None:
    app = sized(workers=3).app
    assert (app.instances.value, app.workers.value) == (2, 2)
    assert "rounded up to 4" in app.workers.reason


def test_wished_threads_make_gunicorn_threaded() -> None:
    assert sized(work=Work(server="gunicorn"), threads=3).app.worker_class.value == "gthread"


def test_threads_of_an_event_loop_are_refused_with_the_key_to_change() -> None:
    with pytest.raises(TopologyError, match=r"threads = 4 does nothing .*\n.*\n.*\[tool\.tenfold\.up\]"):
        sized(work=Work(interface="asgi", server="uvicorn"), threads=4)


def test_the_application_keeps_connections_longer_than_the_edge() -> None:
    assert sized().app.keepalive.seconds > 60
    assert sized(work=Work(server="gunicorn")).app.keepalive.seconds > 60
    assert sized(work=Work(server="gunicorn"), threads=1).app.keepalive.value == 0


def test_recycling_is_spread_by_a_tenth() -> None:
    app = sized(work=Work(server="gunicorn")).app
    assert app.max_requests_jitter.whole == jitter_of(app.max_requests.whole) == 10_000


def test_gunicorns_rule_counts_two_workers_a_core_and_one() -> None:
    assert [sync_workers(cores) for cores in (1, 2, 8)] == [3, 5, 17]


def test_uvicorn_always_runs_an_event_loop() -> None:
    assert runs_async(Work(server="uvicorn"))
    assert not runs_async(Work(server="gunicorn"))

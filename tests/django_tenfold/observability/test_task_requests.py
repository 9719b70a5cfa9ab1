from __future__ import annotations

import contextvars
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery, signals
from django.http import HttpResponse

from django_tenfold.observability.middleware import RequestMiddleware
from django_tenfold.observability.record import Record, current
from django_tenfold.observability.request_id import get_request_id
from django_tenfold.observability.task_requests import HEADER, _begin_django_task, _end_django_task

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _outside_of_requests() -> Iterator[None]:
    token = current.set(None)
    yield
    current.reset(token)


@pytest.fixture
def app() -> Celery:
    return Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)


def test_a_message_carries_the_id_of_the_request_that_sent_it(app: Celery, rf: Any) -> None:
    @app.task(name="shop.send")
    def send() -> None: ...

    sent: list[Any] = []

    def watch(headers: dict[str, Any], **_: Any) -> None:
        sent.append(headers.get(HEADER))

    signals.after_task_publish.connect(watch)
    try:
        RequestMiddleware(lambda request: send.delay() and HttpResponse())(
            rf.get("/", headers={"X-Request-ID": "request-1"})
        )
        send.delay()
    finally:
        signals.after_task_publish.disconnect(watch)
    assert sent == ["request-1", None]


@pytest.mark.parametrize(
    ("given", "kept"), [("request-1", True), ("forged\nid", False), (None, False), (7, False)]
)
def test_a_worker_takes_the_id_from_the_message(given: Any, kept: bool, app: Celery) -> None:
    seen = []

    @app.task(name="shop.work", shared=False)
    def work() -> None:
        seen.append(current.get())

    # As the worker's tracer does: https://github.com/celery/celery/blob/main/celery/app/trace.py
    work.push_request(**({HEADER: given} if given is not None else {}), id="task-1")
    signals.task_prerun.send(sender=work, task_id="task-1", task=work, args=(), kwargs={})
    work.run()
    signals.task_postrun.send(sender=work, task_id="task-1", task=work, args=(), kwargs={}, retval=None)
    work.pop_request()
    (record,) = seen
    assert record.view == "shop.work"
    assert (record.request_id == given) is kept
    assert len(record.request_id) in (9, 32)
    assert current.get() is None


def test_a_task_that_runs_in_the_request_keeps_its_record(app: Celery) -> None:
    app.conf.task_always_eager = True
    seen = []

    @app.task(name="shop.eager", shared=False)
    def work() -> None:
        seen.append(current.get())

    token = current.set(record := Record("request-1", 0.0))
    work.delay()
    assert current.get() is record
    current.reset(token)
    assert seen == [record]


def test_an_eager_task_outside_of_requests_leaves_nothing_behind(app: Celery) -> None:
    app.conf.task_always_eager = True
    seen = []

    @app.task(name="shop.inner")
    def inner() -> None:
        seen.append(get_request_id())

    @app.task(name="shop.outer")
    def outer() -> None:
        seen.append(get_request_id())
        inner.delay()

    outer.delay()
    assert seen[0] == seen[1] != ""
    assert current.get() is None


def test_celery_leaves_logging_to_django_when_it_is_configured(app: Celery) -> None:
    from django_tenfold.observability.task_requests import _leave_logging

    signals.setup_logging.connect(_leave_logging)
    try:
        assert app.log.setup_logging_subsystem(loglevel="INFO") is not None
    finally:
        signals.setup_logging.disconnect(_leave_logging)


def test_a_django_task_in_a_worker_is_known_by_its_own_id() -> None:
    result = SimpleNamespace(id="abcdefghijklmnop", task=SimpleNamespace(module_path="shop.tasks.send"))
    _begin_django_task(task_result=result)
    assert (get_request_id(), current.get().view) == ("abcdefghijklmnop", "shop.tasks.send")  # type: ignore[union-attr]
    _end_django_task(task_result=result)
    assert current.get() is None


def test_a_django_task_that_runs_in_the_request_keeps_its_id() -> None:
    result = SimpleNamespace(id="abcdefghijklmnop", task=SimpleNamespace(module_path="shop.tasks.send"))
    token = current.set(Record("request-1", 0.0))
    _begin_django_task(task_result=result)
    assert get_request_id() == "request-1"
    _end_django_task(task_result=result)
    assert get_request_id() == "request-1"
    current.reset(token)


def test_a_worker_that_tells_of_the_end_elsewhere_is_let_be() -> None:
    result = SimpleNamespace(id="abcdefghijklmnop", task=SimpleNamespace(module_path="shop.tasks.send"))
    contextvars.copy_context().run(_begin_django_task, task_result=result)
    _end_django_task(task_result=result)
    assert current.get() is None

from __future__ import annotations

import pytest

from tenfold.project.model import Location
from tenfold.project.servers import AppServer
from tenfold.project.settings import Possible, Undetermined

HERE = Location("Procfile", 1)


def server(kind: str, **options: object) -> AppServer:
    values = {name: (Possible(value, HERE),) for name, value in options.items()}
    return AppServer(kind, HERE, "web", "production", values)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "sync"),
        ({"worker_class": "sync"}, "sync"),
        ({"threads": 4}, "threads"),
        ({"worker_class": "egg:gunicorn#sync", "threads": 2}, "threads"),
        ({"worker_class": "gthread"}, "threads"),
        ({"worker_class": "gevent"}, "green"),
        ({"worker_class": "uvicorn.workers.UvicornWorker"}, "asgi"),
        ({"worker_class": "shop.workers.Own"}, ""),
        ({"worker_class": Undetermined("a function decides")}, ""),
    ],
)
def test_gunicorns_class_and_threads_say_how_a_worker_works(
    options: dict[str, object], expected: str
) -> None:
    assert server("gunicorn", **options).concurrency == expected


def test_uwsgi_is_told_by_its_threads_or_green_loop() -> None:
    assert server("uwsgi").concurrency == "sync"
    assert server("uwsgi", threads=4).concurrency == "threads"
    assert server("uwsgi", gevent=100).concurrency == "green"


def test_a_number_is_the_default_only_where_nothing_is_set() -> None:
    assert server("gunicorn").number("workers", 1) == 1
    assert server("gunicorn", workers=4).number("workers", 1) == 4
    assert server("gunicorn", workers=Undetermined("cpu_count()")).number("workers", 1) is None


def test_two_possible_values_have_no_likely_one() -> None:
    options = {"workers": (Possible(2, HERE, "A"), Possible(4, HERE, "not A"))}
    assert AppServer("gunicorn", HERE, "web", "production", options).likely("workers") is None

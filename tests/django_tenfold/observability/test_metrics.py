from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from django_tenfold.observability import metrics
from django_tenfold.observability.metrics import request_metrics
from django_tenfold.observability.metrics_finisher import make_finisher
from django_tenfold.observability.metrics_view import answer_metrics
from django_tenfold.observability.record import Record
from django_tenfold.observability.settings import options


def finish(method: str = "GET", view: str = "shop", status: int = 200) -> Record:
    record = Record("id", 0.0, RequestFactory().generic(method, "/"), view)
    record.status, record.seconds, record.queries, record.sql_seconds = status, 0.02, 3, 0.01
    finisher = make_finisher(options())
    assert finisher is not None
    finisher(record, HttpResponse())
    return record


def count(*labels: str) -> float:
    return float(request_metrics(options()).requests.labels(*labels)._value.get())


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (("GET", "shop", 200), ("GET", "shop", "200")),
        (("BREW", "shop", 200), ("other", "shop", "200")),
        (("GET", "", 404), ("GET", "unmatched", "404")),
        (("GET", "shop", 999), ("GET", "shop", "other")),
        (("GET", "shop", 499), ("GET", "shop", "499")),
    ],
)
def test_labels_are_bounded_whatever_is_requested(given: tuple[Any, ...], labels: tuple[str, ...]) -> None:
    before = count(*labels)
    finish(*given)
    finish(*given)
    assert count(*labels) == before + 2


def test_made_up_views_and_methods_do_not_grow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made = request_metrics(options())
    monkeypatch.setattr(metrics, "MOST_SERIES", len(made.known) + 3)
    before = count("GET", "other", "200")
    for number in range(10):
        finish(view=f"made-up-{number}")
        finish(method=f"METHOD{number}")
    assert len(made.known) == metrics.MOST_SERIES
    assert count("GET", "other", "200") == before + 7


def test_a_task_is_no_request() -> None:
    made = request_metrics(options())
    known = dict(made.known)
    made.finish(Record("id", 0.0, None, "tasks.mail"), None)
    assert made.known == known


def test_metrics_can_be_switched_off() -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"metrics": False}):
        assert make_finisher(options()) is None


def test_a_reading_stands_for_a_second_and_is_not_compressed(rf: RequestFactory) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"metrics_token": "sesame"}):
        finish(view="read")
        first = answer_metrics(rf.get("/metrics", HTTP_AUTHORIZATION="Bearer sesame"))
        assert b'view="read"' in first.content
        assert first.headers["Content-Encoding"] == "identity"
        assert answer_metrics(rf.get("/metrics")).status_code == 403

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_tenfold.observability import metrics_checks, metrics_folder
from django_tenfold.observability.metrics_checks import MIDDLEWARE


def found(**options: Any) -> set[str]:
    middleware = options.pop("MIDDLEWARE", [MIDDLEWARE])
    with override_settings(TENFOLD_OBSERVABILITY=options, MIDDLEWARE=middleware):
        checks = (
            metrics_checks.check_values,
            metrics_checks.check_metrics,
            metrics_checks.check_middleware,
            metrics_checks.check_readers,
        )
        return {one.id for check in checks for one in check(None)}


@pytest.fixture(autouse=True)
def _shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics_folder.VARIABLE, "/somewhere")
    monkeypatch.delenv("TENFOLD_METRICS_TOKEN", raising=False)


def test_a_site_whose_metrics_can_be_read_is_left_alone() -> None:
    assert found(metrics_token="sesame") == set()
    assert found(internal_networks=["10.0.0.0/8"]) == set()


def test_a_token_in_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_METRICS_TOKEN", "sesame")
    assert found() == set()


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({"internal_networks": ["localhost"]}, "tenfold.E410"),
        ({"ready_databases": ["main"]}, "tenfold.E411"),
        ({"ready_caches": ["pages"]}, "tenfold.E411"),
        ({"latency_buckets": [1, 0.5]}, "tenfold.E412"),
        ({"query_buckets": []}, "tenfold.E412"),
        ({"MIDDLEWARE": ["a.b.C", MIDDLEWARE]}, "tenfold.W412"),
        ({"MIDDLEWARE": []}, "tenfold.W413"),
    ],
)
def test_what_cannot_work_is_told(options: dict[str, Any], number: str) -> None:
    assert found(metrics_token="sesame", **options) == {number}


def test_metrics_that_nobody_may_read_are_told() -> None:
    assert found() == {"tenfold.W414"}
    assert found(metrics_path="") == set()


def test_metrics_of_single_processes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics_folder.VARIABLE)
    assert found(metrics_token="sesame") == {"tenfold.W411"}
    assert found(metrics=False) == set()


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_checks, "has_prometheus", lambda: False)
    assert found(metrics_token="sesame") == {"tenfold.W410"}

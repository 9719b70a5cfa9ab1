from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from django_tenfold.observability.live_page.figures import (
    find_percentile,
    grown,
    list_points,
    list_views,
)
from django_tenfold.observability.live_page.snapshot import take_snapshot

if TYPE_CHECKING:
    from django_tenfold.observability.live_page.snapshot import Snapshot


def snapshot(time: float, requests: dict[str, int], buckets: dict[str, float] | None = None) -> Snapshot:
    counter = CounterMetricFamily("tenfold_requests", "", labels=["method", "view", "status"])
    for status, value in requests.items():
        counter.add_metric(["GET", "shop", status], value)
    seconds = HistogramMetricFamily("tenfold_request_seconds", "", labels=["method", "view"])
    seconds.add_metric(
        ["GET", "shop"], [*(buckets or {"+Inf": 0}).items()], sum_value=sum(requests.values()) / 10
    )
    lag = GaugeMetricFamily("tenfold_replica_lag_seconds", "", labels=["alias"])
    lag.add_metric(["replica"], 1.5)
    return {**take_snapshot([counter, seconds, lag]), "time": time}


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.5, 0.1), (0.25, 0.05), (0.75, 0.55), (0.99, 1.0), (1.0, 1.0)]
)
def test_a_percentile_lies_within_its_bucket(share: float, seconds: float) -> None:
    buckets = {"0.1": 50.0, "1.0": 98.0, "+Inf": 100.0}
    found = find_percentile(buckets, share)
    assert found == pytest.approx(seconds, abs=0.03)


def test_nothing_observed_has_no_percentile() -> None:
    assert find_percentile({}, 0.5) is None
    assert find_percentile({"0.1": 0.0, "+Inf": 0.0}, 0.5) is None


def test_a_point_tells_what_happened_between_two_snapshots() -> None:
    before = snapshot(100.0, {"200": 10, "500": 1})
    after = snapshot(105.0, {"200": 60, "404": 10, "500": 6}, {"0.1": 40, "+Inf": 40})
    (point,) = list_points([before, after])
    assert (point["good"], point["refused"], point["failed"]) == (10.0, 2.0, 1.0)
    assert point["error_share"] == 5 / 65
    assert point["p50"] == pytest.approx(0.05)
    assert point["lag"] == {"replica": 1.5}


def test_a_restart_is_no_negative_rate() -> None:
    assert grown({"2": 100.0}, {"2": 4.0, "5": 1.0}) == {"2": 4.0, "5": 1.0}


def test_snapshots_far_apart_are_a_gap() -> None:
    assert [*list_points([snapshot(0.0, {"200": 1}), snapshot(600.0, {"200": 2})])] == []


def test_views_are_listed_with_what_they_took_since() -> None:
    before, after = snapshot(0.0, {"200": 10}), snapshot(600.0, {"200": 20, "500": 10})
    (row,) = list_views(before, after)
    assert (row["view"], row["count"], row["errors"], row["share"]) == ("shop", 20, 10, 1.0)
    assert row["mean"] == pytest.approx(0.1)
    (whole,) = list_views(None, after)
    assert whole["count"] == 30
    assert list_views(after, after) == []

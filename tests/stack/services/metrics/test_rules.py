from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from tenfold.stack.services.metrics.rules import (
    EDGE_SIGNALS,
    GUNICORN_SIGNALS,
    Limits,
    Target,
    limits_of,
    list_alerts,
    render_prometheus,
    render_rules,
)
from tests.stack.example_site import make_site

if TYPE_CHECKING:
    from tenfold.stack.services.metrics.rules import (
        Signals,
    )

LIMITS = Limits(edge_connections=1000, max_connections=200, queue=400)


def expressions(limits: Limits = LIMITS, signals: Signals = EDGE_SIGNALS) -> dict[str, str]:
    return {alert.name: alert.expression for alert in list_alerts(limits, signals)}


def test_limits_follow_from_the_topology() -> None:
    topology = make_site().topology
    limits = limits_of(topology)
    assert limits.max_connections == topology.database.max_connections.whole
    assert limits.edge_connections == topology.edge.processes.whole * topology.edge.connections.whole
    assert limits.p99_seconds < topology.timeouts.app.seconds


def test_replicas_that_are_told_to_lag_raise_no_alarm_for_it() -> None:
    topology = make_site().topology
    assert limits_of(topology, lag=60).lag_seconds == limits_of(topology).lag_seconds + 60


def test_a_connection_alarm_comes_before_the_maximum() -> None:
    assert expressions()["DatabaseConnectionsNearMax"].endswith("> 160")
    assert expressions()["EdgeNearlyFull"].endswith("> 800")


def test_what_nothing_tells_has_no_rule() -> None:
    found = expressions(signals=replace(EDGE_SIGNALS, queue="", certificate_end=""))
    assert "TasksPileUp" not in found
    assert "CertificateEnds" not in found
    assert "ErrorRate" in found


def test_every_rule_says_what_to_do() -> None:
    rules = yaml.safe_load(render_rules(LIMITS))["groups"][0]["rules"]
    assert {rule["alert"] for rule in rules} == set(expressions())
    assert all(rule["annotations"]["action"] and rule["for"] for rule in rules)


def test_exports_have_signals_of_their_own() -> None:
    found = expressions(signals=GUNICORN_SIGNALS)
    assert "gunicorn_request_status" in found["ErrorRate"]
    assert "edge_" not in " ".join(found.values())


def test_every_target_is_a_job_of_its_own() -> None:
    text = render_prometheus([Target("edge", "127.0.0.1:1"), Target("node", "127.0.0.1:2")], rules="/r.yml")
    read = yaml.safe_load(text)
    assert [one["job_name"] for one in read["scrape_configs"]] == ["edge", "node"]
    assert read["rule_files"] == ["/r.yml"]
    assert "alerting" not in read


def test_an_alertmanager_is_told_where_there_is_one() -> None:
    read = yaml.safe_load(render_prometheus([], rules="r", alertmanager="127.0.0.1:9093"))
    assert read["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["127.0.0.1:9093"]

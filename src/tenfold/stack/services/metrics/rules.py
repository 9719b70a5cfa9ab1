"""Alert rules and scrape configuration of Prometheus, as functions of plain values: for the stack that runs
here, and for exports with exporters of their own (`Signals`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.topology.model import Topology

WINDOW = "5m"


@dataclass(frozen=True, slots=True)
class Signals:
    """PromQL of what is watched; "" where nothing tells it, and its rule is left out."""

    error_share: str = ""
    """Of all answers, those with 5xx: 0 to 1."""
    p99: str = ""
    """Seconds that 99 % of the requests take at most."""
    edge_connections: str = "sum(nginx_connections_active)"
    database_connections: str = "sum by (server) (pg_stat_activity_count)"
    replica_lag: str = "max by (server) (pg_replication_lag)"
    queue: str = ""
    """Tasks that wait."""
    certificate_end: str = ""
    """Unix time."""


EDGE_SIGNALS = Signals(
    error_share=(
        f'sum(rate(edge_requests_total{{status=~"5.."}}[{WINDOW}])) / sum(rate(edge_requests_total[{WINDOW}]))'
    ),
    p99=f"histogram_quantile(0.99, sum by (le) (rate(edge_request_seconds_bucket[{WINDOW}])))",
    queue='sum(redis_key_size{job="broker"})',
    certificate_end="min(edge_certificate_end_seconds)",
)
"""As `tenfold.stack.runner.edge_metrics` and the exporters of Debian name them."""
GUNICORN_SIGNALS = Signals(
    error_share=(
        f'sum(rate(gunicorn_request_status{{status=~"5.."}}[{WINDOW}]))'
        f" / sum(rate(gunicorn_request_status[{WINDOW}]))"
    ),
    p99='max(gunicorn_request_duration{quantile="0.99"})',
    replica_lag="max by (instance) (pg_replication_lag_seconds)",
    database_connections="sum by (instance) (pg_stat_activity_count)",
    queue="sum(celery_queue_length)",
    certificate_end="min(probe_ssl_earliest_cert_expiry)",
)
"""gunicorn's statsd through statsd_exporter, celery-exporter, blackbox_exporter, postgres_exporter of 2023 on."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these somebody is told."""

    edge_connections: int
    """All that nginx admits."""
    max_connections: int
    """All that PostgreSQL admits."""
    queue: int
    error_share: float = 0.01
    p99_seconds: float = 1.0
    """Ten times slower than a page should be. https://web.dev/articles/ttfb"""
    lag_seconds: float = 30.0
    full: float = 0.8
    """Of connections: the rest is for the time until somebody looks."""
    cpu: float = 0.9
    left: float = 0.1
    """Of disk and memory."""
    certificate_days: int = 14


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule."""

    name: str
    expression: str
    lasting: str
    """ "5m": only when it was so all that time."""
    severity: str
    summary: str
    action: str
    """What to do first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something to scrape: a job's name and HOST:PORT."""

    job: str
    address: str
    path: str = "/metrics"
    token_file: str = ""
    """A file that holds the bearer token; such a target is asked over TLS, whoever signed its certificate."""


def limits_of(topology: Topology, *, lag: float = 0.0) -> Limits:
    """The limits that follow from a topology. `lag` is what the replicas are told to lag, seconds."""
    return Limits(
        edge_connections=topology.edge.processes.whole * topology.edge.connections.whole,
        max_connections=topology.database.max_connections.whole,
        # A hundred tasks for each process: at a second each they wait for more than a minute and a half.
        queue=100 * topology.tasks.concurrency.whole,
        p99_seconds=min(1.0, topology.timeouts.app.seconds / 10),
        lag_seconds=30.0 + lag,
    )


def render_rules(limits: Limits, signals: Signals = EDGE_SIGNALS) -> str:
    """The text of the alert rules file."""
    rules = [_rule(alert) for alert in list_alerts(limits, signals)]
    return _yaml({"groups": [{"name": "stack", "rules": rules}]})


def render_prometheus(targets: Iterable[Target], *, rules: str, alertmanager: str = "") -> str:
    """The text of prometheus.yml. `rules` is the rules file's path; `alertmanager` HOST:PORT, "" for none."""
    document: dict[str, Any] = {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": [rules],
        "scrape_configs": [
            {
                "job_name": one.job,
                "metrics_path": one.path,
                "static_configs": [{"targets": [one.address]}],
                **(_guarded(one) if one.token_file else {}),
            }
            for one in targets
        ],
    }
    if alertmanager:
        document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    return _yaml(document)


def _guarded(target: Target) -> dict[str, Any]:
    # The edge's certificate is for its names, not for this machine's address.
    return {
        "scheme": "https",
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"type": "Bearer", "credentials_file": target.token_file},
    }


def list_alerts(limits: Limits, signals: Signals) -> Iterator[Alert]:
    """Every rule whose signal is known."""
    known = (*_requests(limits, signals), *_saturation(limits, signals), *_machine(limits, signals))
    yield from (alert for alert in known if not alert.expression.startswith(" "))


def _requests(limits: Limits, signals: Signals) -> Iterator[Alert]:
    yield Alert(
        "PartDown",
        "up == 0",
        "1m",
        "page",
        "{{ $labels.job }} at {{ $labels.instance }} does not answer",
        "See its log and the supervisor's state.",
    )
    yield Alert(
        "ErrorRate",
        f"{signals.error_share} > {limits.error_share:g}",
        "5m",
        "page",
        "{{ $value | humanizePercentage }} of the requests fail",
        "Look for the status in the edge's access log and follow the request id into the application's.",
    )
    yield Alert(
        "SlowRequests",
        f"{signals.p99} > {limits.p99_seconds:g}",
        "10m",
        "ticket",
        "1 % of the requests take longer than {{ $value | humanizeDuration }}",
        "Compare upstream_seconds by path in the access log; look for long queries in pg_stat_statements.",
    )


def _saturation(limits: Limits, signals: Signals) -> Iterator[Alert]:
    yield Alert(
        "EdgeNearlyFull",
        f"{signals.edge_connections} > {limits.full * limits.edge_connections:g}",
        "5m",
        "ticket",
        f"{{{{ $value }}}} of {limits.edge_connections} connections of nginx are taken",
        "Slow clients or a slow application: see request_time against upstream time.",
    )
    yield Alert(
        "DatabaseConnectionsNearMax",
        f"{signals.database_connections} > {limits.full * limits.max_connections:g}",
        "5m",
        "page",
        f"{{{{ $value }}}} of {limits.max_connections} connections of PostgreSQL are taken",
        "Something opens more than the topology grants: group pg_stat_activity by application_name.",
    )
    yield Alert(
        "ReplicaLags",
        f"{signals.replica_lag} > {limits.lag_seconds:g}",
        "2m",
        "ticket",
        "A replica is {{ $value | humanizeDuration }} behind",
        "Look for a long query on it, or a slow disk; send reads to the primary meanwhile.",
    )
    yield Alert(
        "TasksPileUp",
        f"{signals.queue} > {limits.queue}",
        "10m",
        "ticket",
        "{{ $value }} tasks wait",
        "More workers, or a task that hangs: `celery inspect active`.",
    )


def _machine(limits: Limits, signals: Signals) -> Iterator[Alert]:
    disk = 'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"}'
    size = 'node_filesystem_size_bytes{fstype!~"tmpfs|overlay|squashfs"}'
    idle = f'avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[{WINDOW}]))'
    left = f"{limits.left:g}"
    yield Alert(
        "DiskNearlyFull",
        f"{disk} / {size} < {left} or predict_linear({disk}[6h], 4 * 3600) < 0",
        "10m",
        "page",
        "{{ $labels.mountpoint }} is full or will be in four hours",
        "PostgreSQL stops when it cannot write: make room, look for a replication slot that holds WAL.",
    )
    yield Alert(
        "MemoryNearlyGone",
        f"node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < {left}",
        "5m",
        "page",
        "{{ $value | humanizePercentage }} of the memory is left",
        "Which process grew? Lower workers or their memory limit before the kernel chooses.",
    )
    yield Alert(
        "CpuSaturated",
        f"1 - {idle} > {limits.cpu:g}",
        "15m",
        "ticket",
        "{{ $value | humanizePercentage }} of the CPU is in use",
        "More cores or fewer requests: queues grow without bound near 100 %.",
    )
    yield Alert(
        "CertificateEnds",
        f"{signals.certificate_end} - time() < {limits.certificate_days} * 86400",
        "1h",
        "page",
        "The certificate ends in {{ $value | humanizeDuration }}",
        "Renewal failed: see its log.",
    )


def _rule(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": alert.lasting,
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.summary, "action": alert.action},
    }


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=110, allow_unicode=True)
    return text

"""What is watched: Prometheus' files and a Grafana dashboard whose limits are the topology's numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tenfold.stack.addresses import DATABASE
from tenfold.stack.export.input import Exported
from tenfold.stack.export.templates import render_template
from tenfold.stack.services.metrics.rules import (
    GUNICORN_SIGNALS,
    Target,
    limits_of,
    render_prometheus,
    render_rules,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput
    from tenfold.stack.services.metrics.rules import Signals

GRAFANA_SCHEMA = 39
"""schemaVersion of Grafana 11; later ones migrate it themselves.
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""
WIDTH, HEIGHT, COLUMNS = 8, 8, 3


@dataclass(frozen=True, slots=True)
class Panel:
    """One graph. `limit` is drawn as a red line: the number that must not be reached."""

    title: str
    queries: tuple[tuple[str, str], ...]
    """(PromQL, legend)."""
    unit: str = "short"
    limit: float | None = None
    why: str = ""


PORTS = (
    *(("prometheus", 9090), ("node", 9100), ("nginx", 9113), ("postgres", 9187), ("pooler", 9127)),
    *(("cache", 9121), ("broker", 9122), ("gunicorn", 9102), ("celery", 9808)),
)
"""Where the exporters listen by default. https://github.com/prometheus/prometheus/wiki/Default-port-allocations"""


def render_monitoring(one: ExportInput) -> Iterator[Exported]:
    """Prometheus' files, and a dashboard for import into Grafana."""
    yield Exported("prometheus.yml", render_prometheus(_targets(one), rules="alerts.yml"))
    yield Exported("alerts.yml", render_rules(limits_of(one.topology), _signals(one)))
    if one.server == "gunicorn":
        yield Exported("statsd-mapping.yml", render_template("plain", "statsd-mapping.yml", one=one))
    yield Exported("grafana-dashboard.json", dashboard_text(one))


def _targets(one: ExportInput) -> Iterator[Target]:
    runs = {"pooler": one.pooled, "broker": bool(one.celery), "celery": bool(one.celery)}
    runs["gunicorn"] = one.server == "gunicorn"
    for job, port in PORTS:
        if runs.get(job, True):
            yield Target(job, f"127.0.0.1:{port}")


def _signals(one: ExportInput) -> Signals:
    """What the exporters of `PORTS` tell. Of another server than gunicorn nothing tells of single requests."""
    found = replace(GUNICORN_SIGNALS, certificate_end="")  # blackbox_exporter is not among them
    if one.server != "gunicorn":
        found = replace(found, error_share="", p99="")
    return found if one.celery else replace(found, queue="")


def dashboard_text(one: ExportInput) -> str:
    """The dashboard as JSON."""
    panels = [_panel(number, panel) for number, panel in enumerate(_panels(one))]
    document = {
        "title": f"{one.name}: the stack",
        "uid": f"tenfold-{one.name}"[:40],
        "tags": ["tenfold", "django"],
        "schemaVersion": GRAFANA_SCHEMA,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": panels,
    }
    return json.dumps(document, indent=2) + "\n"


def _panels(one: ExportInput) -> Iterator[Panel]:
    yield from _edge_panels(one)
    yield from _database_panels(one)
    yield from _store_panels(one)
    yield from _host_panels(one)


def _edge_panels(one: ExportInput) -> Iterator[Panel]:
    """nginx-prometheus-exporter, and gunicorn's statsd through statsd_exporter."""
    edge = one.topology.edge
    yield Panel("Requests", (("sum(rate(nginx_http_requests_total[5m]))", "all"),), "reqps")
    yield Panel(
        "Connections of nginx",
        (("sum(nginx_connections_active)", "active"), ("sum(nginx_connections_waiting)", "idle")),
        limit=edge.processes.whole * edge.connections.whole,
        why="worker_processes x worker_connections",
    )
    if one.server != "gunicorn":
        return
    yield Panel(
        "Answers of the application",
        (("sum by (status) (rate(gunicorn_request_status[5m]))", "{{status}}"),),
        "reqps",
    )
    yield Panel(
        "Time of a request",
        (
            ('max(gunicorn_request_duration{quantile="0.5"})', "half are faster"),
            ('max(gunicorn_request_duration{quantile="0.99"})', "99 % are faster"),
        ),
        "s",
        limit=one.topology.timeouts.app.seconds,
        why="the application server's timeout",
    )


def _database_panels(one: ExportInput) -> Iterator[Panel]:
    """postgres_exporter, pgbouncer_exporter."""
    database = one.topology.database
    yield Panel(
        "Connections of PostgreSQL",
        (("sum by (state) (pg_stat_activity_count)", "{{state}}"),),
        limit=database.max_connections.whole,
        why="max_connections",
    )
    yield Panel(
        "Transactions",
        (
            (f'rate(pg_stat_database_xact_commit{{datname="{DATABASE}"}}[5m])', "committed"),
            (f'rate(pg_stat_database_xact_rollback{{datname="{DATABASE}"}}[5m])', "rolled back"),
        ),
        "ops",
    )
    yield Panel("Lag of replicas", (("max(pg_replication_lag_seconds)", "the slowest"),), "s", limit=30)
    if one.pooled:
        yield Panel(
            "Clients that wait for a connection",
            (
                ("sum(pgbouncer_pools_client_waiting_connections)", "waiting"),
                ("sum(pgbouncer_pools_server_active_connections)", "server connections in use"),
            ),
            limit=database.pooler_pool.whole,
            why="default_pool_size",
        )


def _store_panels(one: ExportInput) -> Iterator[Panel]:
    """redis_exporter, celery-exporter."""
    yield Panel(
        "Memory of the cache",
        (('redis_memory_used_bytes{job="cache"}', "used"),),
        "bytes",
        limit=one.topology.cache.max_memory.whole * 1024**2,
        why="maxmemory",
    )
    hits = 'rate(redis_keyspace_hits_total{job="cache"}[5m])'
    misses = 'rate(redis_keyspace_misses_total{job="cache"}[5m])'
    yield Panel("Hits of the cache", ((f"{hits} / ({hits} + {misses})", "share"),), "percentunit")
    if one.celery:
        yield Panel("Tasks that wait", (("sum by (queue_name) (celery_queue_length)", "{{queue_name}}"),))
        yield Panel(
            "Tasks",
            (
                ("sum(rate(celery_task_succeeded_total[5m]))", "succeeded"),
                ("sum(rate(celery_task_failed_total[5m]))", "failed"),
            ),
            "ops",
        )


def _host_panels(one: ExportInput) -> Iterator[Panel]:
    """node_exporter."""
    idle = 'avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))'
    yield Panel("CPU in use", ((f"1 - {idle}", "{{instance}}"),), "percentunit", limit=0.9)
    yield Panel(
        "Memory that is left",
        (("node_memory_MemAvailable_bytes", "{{instance}}"),),
        "bytes",
    )


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    column, row = number % COLUMNS, number // COLUMNS
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": f"The red line is {panel.why}: {panel.limit:g}." if panel.why and panel.limit else "",
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": {"thresholdsStyle": {"mode": "line" if panel.limit is not None else "off"}},
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "targets": [
            {"refId": chr(ord("A") + index), "expr": expression, "legendFormat": legend, "datasource": source}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }

"""`INSTALLED_APPS += ["django_tenfold.observability"]`: counts queries on each connection and registers the checks."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from django_tenfold.observability import metrics_start


class ObservabilityConfig(AppConfig):
    name = "django_tenfold.observability"
    label = "tenfold_observability"
    verbose_name = "Observability"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        metrics_start.share_early()

    def ready(self) -> None:
        from django_tenfold.observability import checks, metrics_checks, queries, task_requests

        checks.register_checks()
        metrics_checks.register_checks()
        queries.watch_connections()
        task_requests.follow_tasks()
        metrics_start.start_metrics()

"""`INSTALLED_APPS += ["django_tenfold.observability"]`: counts queries on each connection and registers the checks."""

from __future__ import annotations

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "django_tenfold.observability"
    label = "tenfold_observability"
    verbose_name = "Observability"

    def ready(self) -> None:
        from django_tenfold.observability import checks, queries

        checks.register_checks()
        queries.watch_connections()

"""`INSTALLED_APPS += ["django_tenfold.api"]` checks the block's options."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "django_tenfold.api"
    label = "tenfold_api"
    verbose_name = "Tenfold: API"

    def ready(self) -> None:
        from django_tenfold.api.checks import register_checks

        register_checks()

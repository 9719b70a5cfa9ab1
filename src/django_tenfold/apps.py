"""`INSTALLED_APPS += ["django_tenfold"]` registers the scaling checks."""

from __future__ import annotations

from django.apps import AppConfig


class TenfoldConfig(AppConfig):
    name = "django_tenfold"
    verbose_name = "Tenfold"

    def ready(self) -> None:
        from django_tenfold.checks import register_checks

        register_checks()

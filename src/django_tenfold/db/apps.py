"""`INSTALLED_APPS += ["django_tenfold.db"]` checks the block's options."""

from __future__ import annotations

from django.apps import AppConfig


class DbConfig(AppConfig):
    name = "django_tenfold.db"
    label = "tenfold_db"
    verbose_name = "Tenfold: database"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_tenfold.db.checks import register_checks

        register_checks()

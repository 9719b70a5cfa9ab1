"""`INSTALLED_APPS += ["django_tenfold.conf"]`: forgotten checks are made at start, and the running settings judged."""

from __future__ import annotations

from django.apps import AppConfig


class ConfConfig(AppConfig):
    name = "django_tenfold.conf"
    label = "tenfold_conf"
    verbose_name = "Tenfold: settings"

    def ready(self) -> None:
        from django_tenfold.conf.checks import register_checks
        from django_tenfold.conf.environment import check_environments

        check_environments()
        register_checks()

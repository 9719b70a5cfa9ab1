"""`INSTALLED_APPS += ["django_tenfold.search"]` makes the block's tables and checks its declarations."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    name = "django_tenfold.search"
    label = "tenfold_search"
    verbose_name = "Tenfold: search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_tenfold.search.checks import register_checks
        from django_tenfold.search.migrating import follow_migrations

        register_checks()
        post_migrate.connect(follow_migrations, sender=self)

"""`INSTALLED_APPS += ["django_tenfold.cache"]` watches the models of the option `models` and checks the block."""

from __future__ import annotations

from django.apps import AppConfig


class CacheConfig(AppConfig):
    name = "django_tenfold.cache"
    label = "tenfold_cache"
    verbose_name = "Tenfold: cache"

    def ready(self) -> None:
        from django_tenfold.cache.checks import register_checks
        from django_tenfold.cache.edge_queue import send_to_edge
        from django_tenfold.cache.tags.tagged import tags_purged
        from django_tenfold.cache.writes import watch_connections

        register_checks()
        tags_purged.connect(send_to_edge, dispatch_uid="tenfold_cache_edge")
        watch_connections()

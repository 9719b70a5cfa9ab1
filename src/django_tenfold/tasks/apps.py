"""`INSTALLED_APPS += ["django_tenfold.tasks"]`: the tables, the admin and the checks."""

from __future__ import annotations

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "django_tenfold.tasks"
    label = "tenfold_tasks"
    verbose_name = "Tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_tenfold.tasks.checks import register_checks

        register_checks()

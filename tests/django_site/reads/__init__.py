"""Books, their people and their reviews: what API tests read."""

from __future__ import annotations

from django.apps import AppConfig


class ReadsConfig(AppConfig):
    name = "tests.django_site.reads"
    label = "reads"
    default_auto_field = "django.db.models.BigAutoField"

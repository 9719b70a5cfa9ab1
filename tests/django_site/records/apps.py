"""Rows that the tests of pages, counts and exports list."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tests.django_site.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

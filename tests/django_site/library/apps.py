"""Books and their authors, as files bring them."""

from __future__ import annotations

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "tests.django_site.library"
    label = "library"
    default_auto_field = "django.db.models.BigAutoField"

"""Things that the tests of blocks count, change and list."""

from __future__ import annotations

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "tests.django_site.goods"
    label = "goods"
    default_auto_field = "django.db.models.BigAutoField"

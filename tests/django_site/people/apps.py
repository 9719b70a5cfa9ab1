"""The users of the test site."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.django_site.people"
    label = "people"

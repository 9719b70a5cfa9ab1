"""The user of the test site, and what it keeps in a table of its own."""

from __future__ import annotations

from django.db import models

from django_tenfold.accounts.email_user import AbstractEmailUser


class Person(AbstractEmailUser):
    pass


class Card(models.Model):
    """A profile, as grown projects have one beside the user."""

    user = models.OneToOneField(Person, models.CASCADE)
    colour = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)

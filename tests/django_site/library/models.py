"""Books and their authors: every rule that a row of a file may break."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


class Author(models.Model):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=50, default="nobody")


class Book(models.Model):
    isbn = models.CharField(max_length=13, unique=True)
    title = models.CharField(max_length=40)
    author = models.ForeignKey(Author, models.CASCADE, null=True)
    sequel_of = models.ForeignKey("self", models.SET_NULL, null=True)
    pages = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    language = models.CharField(max_length=5, choices=[("en", "English"), ("de", "German")], default="en")
    subtitle = models.CharField(max_length=40, null=True)
    shelfmark = models.CharField(max_length=20, blank=True)
    tags = models.JSONField(default=dict)
    token = models.UUIDField(default=uuid.uuid4)
    lent = models.BooleanField(default=False)
    printed = models.DateField(null=True)
    sold = models.DateTimeField(null=True)
    added = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(price__lt=1_000), name="library_book_is_cheap"),
            models.UniqueConstraint(
                fields=["title"], condition=models.Q(lent=True), name="library_book_lent_once"
            ),
        )


class ShoutedField(models.CharField):
    """Its value is not what the source has."""

    def get_prep_value(self, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


class Sign(models.Model):
    text = ShoutedField(max_length=20)


class Coin(models.Model):
    """What the database fills by itself, and more digits than a float has."""

    amount = models.DecimalField(max_digits=40, decimal_places=20, null=True)
    minted = models.IntegerField(db_default=1900)
    age = models.GeneratedField(
        expression=2000 - models.F("minted"), output_field=models.IntegerField(), db_persist=True
    )

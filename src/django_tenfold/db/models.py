"""The tables of counters: what was counted up to the last roll-up, and what was added since; and of loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.core.checks import CheckMessage


class CounterValue(models.Model):
    """What one counter has counted for one key, up to the last roll-up."""

    counter = models.CharField(max_length=63)
    key = models.CharField(max_length=255)
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["counter", "key"], name="tenfold_counter_value_key")]


class CounterDelta(models.Model):
    """What one statement added since. Rows are only ever inserted and rolled up: writers never meet here."""

    id = models.BigAutoField(primary_key=True)
    counter = models.CharField(max_length=63)
    key = models.CharField(max_length=255)
    delta = models.BigIntegerField()

    @classmethod
    def check(cls, **named: Any) -> list[CheckMessage]:
        """Without W040: other databases than PostgreSQL keep no counters, and lose nothing with the index."""
        return [one for one in super().check(**named) if one.id != "models.W040"]

    class Meta:
        indexes = [
            models.Index(fields=["counter", "key"], include=["delta"], name="tenfold_counter_delta_key")
        ]


class IngestCheckpoint(models.Model):
    """How far a source is loaded. Written in the transaction of each batch: what it tells is what is in the table."""

    key = models.CharField(max_length=200, unique=True)
    fingerprint = models.CharField(max_length=100, blank=True)
    """Of the source's content; empty where only its owner knows."""
    position = models.BigIntegerField(default=0)
    line = models.BigIntegerField(default=1)
    loaded = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    ignored = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    rejects_size = models.BigIntegerField(default=0)
    """Bytes of the rejects file that belong to what is loaded."""
    finished = models.DateTimeField(null=True)
    changed = models.DateTimeField(auto_now=True)

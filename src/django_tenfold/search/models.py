"""What the block knows beside the documents: which rows changed, and which generation of an index answers."""

from __future__ import annotations

from django.db import models


class SearchChange(models.Model):
    """The outbox: a row that changed, written by a trigger in the transaction that changed it."""

    id = models.BigAutoField(primary_key=True)
    index = models.CharField(max_length=30)
    path = models.CharField(max_length=200, default="")
    """"" for a row of the index's model, the path to it for a row that it refers to, "*" for all rows at once."""
    key = models.CharField(max_length=255, default="")
    """The primary key of that row, as text."""
    reason = models.TextField(default="", db_default="", blank=True)
    """Why its document could not be made; "" for a change that waits. It is parked until the row changes again."""

    class Meta:
        indexes = [models.Index(fields=["index", "id"], name="tenfold_search_change_next")]


class SearchGeneration(models.Model):
    """One build of an index: its documents have tables of their own, named by its number."""

    BUILDING, LIVE, RETIRED = "building", "live", "retired"

    index = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    fingerprint = models.CharField(max_length=32)
    """Of the declaration that it was built from."""
    cursor = models.TextField(default="", blank=True)
    """The last key that was filled in, as JSON; "" before the first."""
    filled = models.BooleanField(default=False)
    switched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["index", "number"], name="tenfold_search_generation_number"),
            models.UniqueConstraint(
                fields=["index"], condition=models.Q(state="live"), name="tenfold_search_one_live"
            ),
            models.UniqueConstraint(
                fields=["index"], condition=models.Q(state="building"), name="tenfold_search_one_building"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.number} ({self.state})"

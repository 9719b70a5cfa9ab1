"""Records of owners: ties, NULLs and every kind of value that an order or an export may hold."""

from __future__ import annotations

from django.db import models


class Owner(models.Model):
    name = models.CharField(max_length=50)


class Record(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE, null=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=[("a", "An apple"), ("b", "=A bean")], default="a")
    rank = models.IntegerField(default=0)
    score = models.IntegerField(null=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    weight = models.FloatField(null=True)
    made = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    token = models.UUIDField(null=True)
    facts = models.JSONField(null=True)
    active = models.BooleanField(default=True)
    took = models.DurationField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["rank", "-id"], name="records_rank"),
            models.Index(fields=["owner", "score", "id"], name="records_owner_score"),
            models.Index(fields=["-took", "id"], name="records_active", condition=models.Q(active=True)),
        )


class Slot(models.Model):
    """Told apart by two columns."""

    pk = models.CompositePrimaryKey("room", "hour")
    room = models.IntegerField()
    hour = models.IntegerField()
    note = models.CharField(max_length=20, blank=True)

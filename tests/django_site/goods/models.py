"""A shelf of things, some of which guard their versions."""

from __future__ import annotations

from django.db import models

from django_tenfold.db.changed_fields import SavesChanges


class Shelf(models.Model):
    name = models.CharField(max_length=50)
    shown_things = models.IntegerField(default=0)
    shown_stock = models.IntegerField(default=0)


class Thing(SavesChanges):
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True)
    name = models.CharField(max_length=50)
    count = models.IntegerField(default=0)
    facts = models.JSONField(default=dict)
    picture = models.FileField(upload_to="pictures", blank=True)
    changed = models.DateTimeField(auto_now=True)


class Guarded(SavesChanges):
    name = models.CharField(max_length=50)
    note = models.CharField(max_length=50, blank=True)
    version = models.PositiveIntegerField(default=0)

    version_field = "version"


class GuardedChild(Guarded):
    extra = models.CharField(max_length=50, blank=True)

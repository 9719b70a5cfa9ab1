"""Models at the edges of what Django allows: keys of several columns, odd names, managers with a mind of their own."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db import models


class Degrees(models.DecimalField):
    """A column whose values are no decimals once they are read."""

    def from_db_value(self, value: Any, *_: Any) -> Any:
        return None if value is None else value + Decimal(1)


class Choosy(models.Manager):
    """Related objects are listed by a manager of this class, made without arguments."""

    def __init__(self, public: bool = False) -> None:
        super().__init__()
        self.public = public

    def get_queryset(self) -> models.QuerySet:
        found = super().get_queryset()
        return found.filter(public=True) if self.public else found


class Listed(models.Manager):
    """Joins the table between that a list of related objects joins too."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(rooms__open=True).annotate(in_rooms=models.Count("rooms"))


class House(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=40)
    slug = models.CharField(max_length=20, blank=True)
    public = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)


class Lamp(models.Model):
    name = models.CharField(max_length=20)

    objects = Listed()
    every = models.Manager()

    class Meta:
        ordering = ("name",)


class Room(models.Model):
    house = models.ForeignKey(House, models.CASCADE, related_name="rooms")
    number = models.IntegerField(choices=[(1, "one"), (2, "two")], null=True)
    open = models.BooleanField(default=True)
    public = models.BooleanField(default=True)
    lamps = models.ManyToManyField(Lamp, related_name="rooms")
    width = models.IntegerField(default=2)
    tint = models.IntegerField(default=5, db_column="ti'nt & co.")
    length = models.IntegerField(default=3)
    area = models.GeneratedField(
        expression=models.F("width") * models.F("length"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    warm = Degrees(max_digits=5, decimal_places=2, default=Decimal(20))
    a_name_that_is_as_long_as_postgresql_lets_any_name_of_it_be_atmo = models.CharField(
        max_length=20, default="x"
    )

    objects = Choosy(public=True)

    class Meta:
        ordering = ("id",)


class Seat(models.Model):
    """A key of two columns."""

    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()
    label = models.CharField(max_length=20)

    class Meta:
        ordering = ("row", "number")


class Ticket(models.Model):
    row = models.IntegerField()
    number = models.IntegerField()
    owner = models.CharField(max_length=20)
    seat = models.ForeignObject(
        Seat,
        models.DO_NOTHING,
        from_fields=("row", "number"),
        to_fields=("row", "number"),
        related_name="tickets",
    )

    class Meta:
        ordering = ("id",)

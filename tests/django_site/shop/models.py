"""Products and reviews, with the columns that derive from each other."""

from __future__ import annotations

from datetime import timedelta

from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=50)


class Product(models.Model):
    maker = models.ForeignKey(Maker, models.SET_NULL, null=True)
    name = models.CharField(max_length=50)
    maker_name = models.CharField(max_length=50, null=True)
    reviews = models.IntegerField(default=0)
    stars = models.IntegerField(default=0)
    best = models.IntegerField(null=True)
    worst = models.IntegerField(null=True)
    last_word = models.CharField(max_length=50, null=True)
    reviewed = models.BooleanField(default=False)


class Edition(Product):
    """In two tables."""

    year = models.IntegerField()


class Review(models.Model):
    edition = models.ForeignKey(Edition, models.SET_NULL, null=True, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, null=True)
    product_name = models.CharField(max_length=50, null=True)
    maker_name = models.CharField(max_length=50, null=True)
    rating = models.IntegerField()
    text = models.CharField(max_length=50, default="100% fine")
    published = models.BooleanField(default=True)
    written = models.DateTimeField(null=True)
    spare = models.FloatField(default=0)


class Section(models.Model):
    """Of a tree, whose sections know the name of the one above."""

    above = models.ForeignKey("self", models.CASCADE, null=True)
    name = models.CharField(max_length=50)
    above_name = models.CharField(max_length=50, null=True)
    below = models.IntegerField(default=0)


class Depot(models.Model):
    """Referred to by its code."""

    code = models.CharField(max_length=20, unique=True)
    boxes = models.IntegerField(default=0)


class Box(models.Model):
    depot = models.ForeignKey(Depot, models.CASCADE, to_field="code", null=True)


class Oddity(models.Model):
    """Nothing of it is named plainly."""

    kind = models.IntegerField(db_column="The Kind")

    class Meta:
        db_table = "Mixed Case " + "x" * 52


class Runner(models.Model):
    took = models.DurationField(default=timedelta)


class Run(models.Model):
    runner = models.ForeignKey(Runner, models.CASCADE)
    took = models.DurationField(null=True)

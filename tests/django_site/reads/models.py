"""Models with a column of every kind, and relations of every kind."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.SET_NULL, null=True, blank=True, related_name="authors")

    @property
    def loud_name(self) -> str:
        return self.name.upper()

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE)
    motto = models.CharField(max_length=50, null=True)


class Tag(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ("name",)


class Book(models.Model):
    class Kind(models.TextChoices):
        PAPER = "p", "Paper"
        EBOOK = "e", "E-book"

    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="edited")
    origin = models.ForeignKey(Country, models.SET_NULL, to_field="code", null=True, related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books")
    kind = models.CharField(max_length=1, choices=Kind.choices, default=Kind.PAPER)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    weight = models.FloatField(null=True)
    pages = models.IntegerField(null=True)
    sold = models.BigIntegerField(default=0)
    in_print = models.BooleanField(default=True, null=True)
    published = models.DateField(null=True)
    opens = models.TimeField(null=True)
    changed = models.DateTimeField(null=True)
    lent_for = models.DurationField(null=True)
    key = models.UUIDField(default=uuid.uuid4)
    cover = models.FileField(upload_to="covers", blank=True)
    facts = models.JSONField(null=True)
    seal = models.BinaryField(null=True)
    address = models.GenericIPAddressField(null=True)
    secret = models.CharField(max_length=20, default="hidden")

    class Meta:
        ordering = ("id",)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    author = models.ForeignKey(Author, models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(choices=[(1, "bad"), (5, "good")], default=1)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)


class Picture(models.Model):
    image = models.ImageField(upload_to="pictures", blank=True, width_field="width", height_field="tall")
    width = models.IntegerField(null=True)
    tall = models.IntegerField(null=True)
    frame = models.ForeignKey("self", models.SET_NULL, null=True)


class Living(models.Manager):
    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(gone=False)


class Reader(models.Model):
    """Relations that few models have: to itself, without a name back, behind a manager that hides rows."""

    name = models.CharField(max_length=20)
    gone = models.BooleanField(default=False)
    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers")
    wishes = models.ManyToManyField(Book, related_name="+")
    guide = models.ForeignKey("self", models.CASCADE, null=True, related_name="guided")

    objects = Living()
    everyone = models.Manager()

    class Meta:
        ordering = ("-name",)


class Club(Reader):
    """A table of its own beside its parent's."""

    seat = models.CharField(max_length=20)
    members = models.ManyToManyField(Reader, through="Membership", related_name="clubs")


class Membership(models.Model):
    club = models.ForeignKey(Club, models.CASCADE)
    reader = models.ForeignKey(Reader, models.CASCADE, related_name="memberships")
    paid = models.IntegerField(default=0)

    class Meta:
        ordering = ("id",)


class QuietReader(Reader):
    class Meta:
        proxy = True
        ordering = ("name",)

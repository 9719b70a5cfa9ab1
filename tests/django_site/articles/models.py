"""Articles of makers, and tags whose key is a UUID."""

from __future__ import annotations

import uuid

from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=50)
    visits = models.IntegerField(default=0)


class Article(models.Model):
    maker = models.ForeignKey(Maker, models.CASCADE, null=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    language = models.CharField(max_length=5, null=True)
    rating = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    day = models.DateField(null=True)
    published = models.BooleanField(default=True)
    visits = models.IntegerField(default=0)
    facts = models.JSONField(default=dict)
    slogan = models.CharField(max_length=5_000, null=True)
    mass = models.DecimalField(max_digits=18, decimal_places=2, null=True)


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    label = models.CharField(max_length=100)


class Remark(models.Model):
    """Of an article that may come later, or be gone: the database keeps no constraint."""

    article = models.ForeignKey(Article, models.DO_NOTHING, db_constraint=False)
    text = models.CharField(max_length=100)

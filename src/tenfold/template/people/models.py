"""A person is known by an e-mail address."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    email = models.EmailField("e-mail address", unique=True)

"""The user of the test site."""

from __future__ import annotations

from django_tenfold.accounts.email_user import AbstractEmailUser


class Person(AbstractEmailUser):
    pass

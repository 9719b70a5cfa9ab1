"""A person is known by an e-mail address; what else the site knows of people is added here."""

from __future__ import annotations

from django_tenfold.accounts.email_user import AbstractEmailUser


class Person(AbstractEmailUser):
    """Whoever has an account."""

    class Meta(AbstractEmailUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"

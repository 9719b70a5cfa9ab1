"""The tables of the block: sessions, and the log that tells every process what has changed."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionManager(BaseSessionManager):
    use_in_migrations = True


class Session(AbstractBaseSession):
    """Django's session row, with whose it is and how often it was written."""

    user_id = models.CharField(_("user id"), max_length=255, blank=True, default="", db_index=True)
    """The user's primary key as text; empty for a visitor. Not a foreign key: a user can be of another database."""
    version = models.BigIntegerField(_("version"), default=1)
    """Counts the writes of data: two requests that write the same session know of each other by it."""

    objects = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        pass

    @classmethod
    def get_session_store_class(cls) -> type:
        from django_tenfold.accounts.sessions import SessionStore

        return SessionStore


class Change(models.Model):
    """One line of the change log; database triggers write it, in the transaction of the change itself."""

    txid = models.BigIntegerField(db_index=True)
    """The transaction that changed, as pg_current_xact_id() counts them (64 bits: they do not wrap)."""
    kind = models.CharField(max_length=8)
    """"session", "user", or "floor": whatever happened before `txid` is no longer in the log."""
    key = models.TextField(blank=True)
    """The primary key of what changed, as text; empty: any of them may have."""
    version = models.BigIntegerField(null=True)
    """Of a session that was written: its version since. Nothing for one that is gone."""

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.kind} {self.key or '*'} in {self.txid}"

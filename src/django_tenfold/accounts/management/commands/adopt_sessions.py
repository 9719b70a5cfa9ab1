"""`manage.py adopt_sessions`: whoever is signed in stays so when a project changes to this block's engine.

For projects whose engine was `db` or `cached_db`. It can be run while the site is served, before the change and
once more after it: sessions that are here already are left alone.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as DjangoSession
from django.core.management.base import BaseCommand
from django.db import router
from django.utils import timezone

from django_tenfold.accounts.models import Session
from django_tenfold.accounts.sessions import SessionStore

AT_ONCE = 2_000
"""Rows of one statement."""


class Command(BaseCommand):
    help = "Copies the sessions of django.contrib.sessions that have not expired."

    def handle(self, **_: Any) -> None:
        alias = router.db_for_write(Session)
        old = DjangoSession.objects.using(router.db_for_write(DjangoSession))
        rows = old.filter(expire_date__gt=timezone.now()).iterator(AT_ONCE)
        before, store = Session.objects.using(alias).count(), SessionStore()
        while some := [*islice(rows, AT_ONCE)]:
            copies = [
                Session(
                    session_key=one.session_key,
                    session_data=one.session_data,  # signed for the same salt: it is read as it is
                    expire_date=one.expire_date,
                    user_id=str(store.decode(one.session_data).get(SESSION_KEY, ""))[:255],
                )
                for one in some
            ]
            Session.objects.using(alias).bulk_create(copies, ignore_conflicts=True)
        added = Session.objects.using(alias).count() - before
        self.stdout.write(f"{added} sessions adopted.")

"""`manage.py cache_purger` takes back what was changed past Django, from the log that triggers keep on PostgreSQL.

Run it with `--install` by the role that migrates, after each change of the option `models`; then as a service.
Several may run: each change is taken by one of them.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from django_tenfold.cache import change_log
from django_tenfold.cache.cache_metrics import note_lag
from django_tenfold.cache.tags.store import StoreGoneError

if TYPE_CHECKING:
    from argparse import ArgumentParser

LONGEST_PAUSE = 5.0
"""Seconds between attempts while the database or the cache is gone."""
BETWEEN_REPORTS = 60.0


class Command(BaseCommand):
    help = "Takes back what was changed past Django (PostgreSQL)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="The entry of DATABASES.")
        parser.add_argument(
            "--poll", type=float, default=0.5, help="Seconds between two looks. Default: 0.5."
        )
        parser.add_argument("--once", action="store_true", help="Take back what is logged now, and end.")
        parser.add_argument(
            "--install", action="store_true", help="Make or renew the log and its triggers, and end."
        )
        parser.add_argument("--remove", action="store_true", help="Remove the log and its triggers, and end.")

    def handle(self, *, database: str, poll: float, **chosen: Any) -> None:
        if connections[database].vendor != "postgresql":
            raise CommandError(
                f"{database!r} is no PostgreSQL: nothing notes there what is changed past Django. Call"
                " django_tenfold.cache.purging.purge(Model) after such changes."
            )
        if chosen["remove"]:
            change_log.remove(database)
        elif chosen["install"]:
            self.stdout.write(f"Logged: {', '.join(change_log.install(database)) or 'no table'}.")
        else:
            self._refuse_gaps(database)
            over = threading.Event()
            if not chosen["once"]:
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, lambda *_: over.set())
            self._purge(database, poll, once=chosen["once"], over=over)

    def _refuse_gaps(self, database: str) -> None:
        if unlogged := change_log.find_unlogged(database):
            raise CommandError(
                f"Changes of {', '.join(unlogged)} are not logged: what shows them would be kept after changes past"
                " Django. Run `manage.py cache_purger --install`."
            )

    def _purge(self, database: str, poll: float, *, once: bool, over: threading.Event) -> None:
        pause, reported = poll, -BETWEEN_REPORTS
        while not over.is_set():
            try:
                taken, lag = change_log.purge_logged(database)
            except (StoreGoneError, DatabaseError) as error:
                if once:
                    raise CommandError(f"The log was not purged: {error}") from error
                connections[database].close()
                if time.monotonic() - reported >= BETWEEN_REPORTS:
                    reported = time.monotonic()
                    self.stderr.write(
                        f"The log is not purged, it is tried again: {type(error).__name__}: {error}"
                    )
                pause = min(max(poll, pause * 2), LONGEST_PAUSE)
                over.wait(pause)
                continue
            pause = poll
            note_lag(lag)
            if taken:
                continue
            if once:
                return
            over.wait(poll)

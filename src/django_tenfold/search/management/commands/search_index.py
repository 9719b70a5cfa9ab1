"""Build, feed, verify and repair the search indexes of the settings."""

from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections, router

from django_tenfold.search.engine.errors import EngineDownError
from django_tenfold.search.feeding import find_missing_triggers, install_feed
from django_tenfold.search.index import list_indexes, shape_of
from django_tenfold.search.models import SearchGeneration
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from django_tenfold.search.settings import options
from django_tenfold.search.updating import list_changes, update_index
from django_tenfold.search.verifying import repair_index, verify_index

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django_tenfold.search.index import SearchIndex

SHOWN = 20
"""Drifts that are shown of an index."""
LONGEST_WAIT = 60.0
"""Seconds between two tries of a worker whose database does not answer."""


class Command(BaseCommand):
    help = "Rebuild, update, verify or repair the indexes named in TENFOLD_SEARCH['indexes']."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("rebuild", "update", "verify", "repair", "status", "remove"))
        parser.add_argument("names", nargs="*", help="only these indexes")
        parser.add_argument("--database", help="alias of the database; that of the model if left out")
        often = parser.add_mutually_exclusive_group()
        often.add_argument("--once", action="store_true", help="update: work off what is there (the default)")
        often.add_argument("--follow", action="store_true", help="update: go on until SIGTERM")

    def handle(self, *, act: str, names: list[str], database: str | None, follow: bool, **_: Any) -> None:
        indexes = _choose(names)
        if follow and act != "update":
            raise CommandError("--follow is for update.")
        if not indexes:
            self.stderr.write(f"TENFOLD_SEARCH['indexes'] names no index: nothing to do for {act}.")
        if follow:
            self._follow(indexes, database)
            return
        wrong = sum(getattr(self, f"_{act}")(index, database) for index in indexes)
        if act == "verify" and wrong:
            raise CommandError(f"{wrong:,} documents are wrong; `manage.py search_index repair` mends them.")

    def _rebuild(self, index: type[SearchIndex], using: str | None) -> int:
        done = rebuild_index(
            index, using=using, progress=lambda filled: self._tell(index, f"{filled.rows:,} rows")
        )
        self._tell(index, f"generation {done.number} answers, {done.rows:,} rows filled in")
        return 0

    def _update(self, index: type[SearchIndex], using: str | None) -> int:
        self._tell(index, f"{update_index(index, using=using):,} changes")
        return 0

    def _verify(self, index: type[SearchIndex], using: str | None) -> int:
        drifts = verify_index(index, using=using)
        self._tell(index, f"{len(drifts):,} documents wrong")
        for one in drifts[:SHOWN]:
            self._tell(index, f"  {one.key}: {one.kind}")
        return len(drifts)

    def _repair(self, index: type[SearchIndex], using: str | None) -> int:
        install_feed(shape_of(index), using=using or router.db_for_write(shape_of(index).model))
        self._tell(index, f"{len(repair_index(index, using=using)):,} documents mended")
        return 0

    def _status(self, index: type[SearchIndex], using: str | None) -> int:
        shape = shape_of(index)
        using = using or router.db_for_write(shape.model)
        generations = SearchGeneration.objects.using(using).filter(index=shape.name).order_by("number")
        told = ", ".join(f"{one.number} {one.state}" for one in generations) or "never built"
        changes = list_changes(shape, using=using)
        waiting = changes.filter(reason="").count()
        parked = changes.exclude(reason="")
        missing = find_missing_triggers(shape, using=using)
        self._tell(
            index,
            f"{told}; {waiting:,} changes wait; {parked.count():,} parked; {len(missing)} triggers missing",
        )
        for one in parked.order_by("-id")[:SHOWN]:
            self._tell(index, f"  {one.key}: {one.reason}")
        return 0

    def _remove(self, index: type[SearchIndex], using: str | None) -> int:
        remove_index(index, using=using)
        self._tell(index, "removed")
        return 0

    def _follow(self, indexes: list[type[SearchIndex]], using: str | None) -> None:
        stop, wait = Event(), options().poll_seconds
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                done = sum(update_index(index, using=using, halted=stop.is_set) for index in indexes)
                wait = options().poll_seconds
            except (OperationalError, InterfaceError, EngineDownError) as error:
                # The database restarts, or the engine does: the changes are still there.
                done, wait = 0, min(wait * 2, LONGEST_WAIT)
                self.stderr.write(f"No answer, again in {wait:.0f} s: {error}")
                close_old_connections()
            if not done:
                stop.wait(wait)

    def _tell(self, index: type[SearchIndex], text: str) -> None:
        self.stdout.write(f"{shape_of(index).name}: {text}")


def _choose(names: list[str]) -> list[type[SearchIndex]]:
    known = {shape_of(index).name: index for index in list_indexes()}
    if unknown := [name for name in names if name not in known]:
        raise CommandError(
            f"No search index is named {', '.join(unknown)}. Known, from TENFOLD_SEARCH['indexes']:"
            f" {', '.join(known) or 'none'}."
        )
    return [known[name] for name in names or known]

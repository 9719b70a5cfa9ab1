"""How far a source is loaded: a row that is written in the transaction of each batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from django_tenfold.db.ingest.errors import IngestError, SourceChanged
from django_tenfold.db.models import IngestCheckpoint

if TYPE_CHECKING:
    from django_tenfold.db.ingest.job import Step

LONGEST = 200
"""Characters of a key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a load stands, and what it has counted up to there."""

    position: int = 0
    line: int = 1
    loaded: int = 0
    updated: int = 0
    ignored: int = 0
    rejected: int = 0
    rejects_size: int = 0

    @property
    def read(self) -> int:
        return self.loaded + self.updated + self.ignored + self.rejected

    def add(self, step: Step, position: int, line: int, *, rejects_size: int = 0) -> Place:
        return Place(
            position,
            line,
            self.loaded + step.loaded,
            self.updated + step.updated,
            self.ignored + step.ignored,
            self.rejected + len(step.rejects),
            rejects_size,
        )


COLUMNS = ("position", "line", "loaded", "updated", "ignored", "rejected", "rejects_size")


class Checkpoint:
    """The row of one key; without a key nothing is kept, and every method does nothing."""

    def __init__(self, key: str, fingerprint: str, using: str) -> None:
        if len(key) > LONGEST:
            raise IngestError(f"key: up to {LONGEST} characters.")
        self.key, self._fingerprint = key, fingerprint
        self._rows = IngestCheckpoint.objects.using(using).filter(key=key)
        self._seen: tuple[int, ...] | None = None
        self.finished = False
        """Whether the whole source was loaded before."""

    def find(self, *, restart: bool) -> Place | None:
        """Where an earlier load stands; None when there is none. Raises SourceChanged."""
        if not self.key:
            return None
        try:
            row = self._rows.first()
        except DatabaseError as problem:
            raise IngestError(
                "The table of checkpoints cannot be read: run `manage.py migrate tenfold_db` on this database, or load"
                " without one (checkpoint=False), and from the beginning after each interruption."
            ) from problem
        self._seen = None if row is None else tuple(getattr(row, name) for name in COLUMNS)
        if row is None or restart:
            return None
        if row.fingerprint == self._fingerprint:
            self.finished = row.finished is not None
            return Place(*(getattr(row, name) for name in COLUMNS))
        if row.finished:
            return None
        raise SourceChanged(
            f"{self.key} is loaded up to line {row.line - 1:,} with other content (size and hash were"
            f" {row.fingerprint or 'unknown'}, now {self._fingerprint or 'unknown'}). Bring back that file to go on,"
            " pass restart to load this one from its beginning, or another key."
        )

    def begin(self, place: Place) -> None:
        """From there on this call writes the row. Raises IngestError when another load began since `find`."""
        if not self.key:
            return
        named = {name: getattr(place, name) for name in COLUMNS}
        named |= {"fingerprint": self._fingerprint, "finished": None}
        with transaction.atomic(using=self._rows.db):
            there = self._rows.select_for_update().values_list(*COLUMNS).first()
            if there != self._seen:
                raise IngestError(self._another())
            if there is not None:
                self._rows.update(**named, changed=timezone.now())
                return
            try:
                with transaction.atomic(using=self._rows.db):
                    IngestCheckpoint.objects.using(self._rows.db).create(key=self.key, **named)
            except IntegrityError as problem:
                raise IngestError(self._another()) from problem

    def hold(self, place: Place) -> None:
        """Locks the row for the transaction. Raises IngestError when another load has moved it."""
        if self.key:
            there = self._rows.select_for_update().values_list(*COLUMNS).first()
            if there != tuple(getattr(place, name) for name in COLUMNS):
                raise IngestError(self._another())

    def _another(self) -> str:
        return f"Another process loads {self.key} as well: this one stops, and that one goes on."

    def move(self, place: Place) -> None:
        """In the transaction of what it tells."""
        if self.key:
            named = {name: getattr(place, name) for name in COLUMNS}
            self._rows.update(**named, changed=timezone.now())

    def finish(self) -> None:
        if self.key:
            self._rows.update(finished=timezone.now())

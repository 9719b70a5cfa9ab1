"""Block after block, each in a transaction with its checkpoint."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.db import OperationalError, connections, transaction

from django_tenfold.db.batches import FIRST_WAIT, can_pass
from django_tenfold.db.ingest.checkpoint import Place
from django_tenfold.db.ingest.errors import TooManyRejects
from django_tenfold.db.ingest.open import FROM_OPTIONS
from django_tenfold.db.ingest.rejects import Rejects
from django_tenfold.db.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.db.ingest.blocks import Block, Reader
    from django_tenfold.db.ingest.checkpoint import Checkpoint
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job, Step
    from django_tenfold.db.ingest.open import Asked


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the source, earlier calls for it included; also what `progress` is told after each batch."""

    read: int
    """Rows met: the sum of the four below."""
    loaded: int
    updated: int
    ignored: int
    rejected: int
    seconds: float
    """Of this call."""
    line: int
    """The next line of the source."""
    resumed: int
    """Rows met by earlier calls."""
    rejects: tuple[Reject, ...] = ()
    """The first hundred of this call."""
    finished_before: bool = False
    """An earlier call loaded the whole source: this one did nothing."""

    def __str__(self) -> str:
        rate = (self.read - self.resumed) / self.seconds if self.seconds else 0
        told = f"{self.loaded:,} loaded, {self.updated:,} updated, {self.ignored:,} ignored"
        return f"{self.read:,} rows read: {told}, {self.rejected:,} rejected ({rate:,.0f} rows/s)"


class Loader(Protocol):
    job: Job

    def load(self, block: Block) -> Step:
        """In the transaction of its caller."""


class Load:
    """One call of `ingest`."""

    def __init__(self, reader: Reader, loader: Loader, checkpoint: Checkpoint, asked: Asked) -> None:
        self._reader, self._loader, self._checkpoint = reader, loader, checkpoint
        self._using, self._share, self._asked = loader.job.using, asked.share, asked
        limit = asked.max_rejects
        self._limit = options().ingest_max_rejects if limit is FROM_OPTIONS else limit
        self._place = Place(position=reader.position, line=reader.line)
        self._resumed = 0
        self._begun = time.monotonic()

    def run(self, progress: Callable[[Result], object] | None) -> Result:
        found = self._checkpoint.find(restart=self._asked.restart)
        self._place = found or self._place
        self._resumed = self._place.read
        if self._checkpoint.finished:
            return self._tell(finished_before=True)
        if found is not None:
            self._reader.move(found.position, found.line)
        with closing(Rejects(self._asked.rejects, self._place.rejects_size)) as rejects:
            self._checkpoint.begin(self._place)
            while (block := self._reader.take()) is not None:
                started = time.monotonic()
                self._load(block, rejects)
                if progress is not None:
                    progress(self._tell(rejects))
                time.sleep((time.monotonic() - started) * (1 - self._share) / self._share)
            self._checkpoint.finish()
            return self._tell(rejects)

    def _tell(self, rejects: Rejects | None = None, *, finished_before: bool = False) -> Result:
        place = self._place
        return Result(
            place.read,
            place.loaded,
            place.updated,
            place.ignored,
            place.rejected,
            time.monotonic() - self._begun,
            place.line,
            self._resumed,
            tuple(rejects.first) if rejects is not None else (),
            finished_before,
        )

    def _load(self, block: Block, rejects: Rejects) -> None:
        """Tried again when it met a lock or a deadlock."""
        tries = options().batch_tries
        kept = len(rejects.first)
        for left in reversed(range(tries)):
            try:
                place, step = self._try(block, rejects)
            except OperationalError as problem:
                # Whether a COMMIT that was cut came through only the checkpoint knows, and it cuts the file then.
                if not left or not can_pass(problem):
                    raise
                rejects.undo(self._place.rejects_size, kept)
                time.sleep(FIRST_WAIT * 2 ** (tries - 1 - left))
            else:
                self._place = place
                if step.left:
                    self._reader.give_back(step.left)
                return

    def _try(self, block: Block, rejects: Rejects) -> tuple[Place, Step]:
        with transaction.atomic(using=self._using):
            self._checkpoint.hold(self._place)
            step = self._loader.load(block)
            rejects.write(step.rejects)
            place = self._place.add(
                step,
                block.position - len(step.left),
                block.next_line - step.left.count(b"\n"),
                rejects_size=rejects.size,
            )
            if self._limit is not None and place.rejected > self._limit:
                raise TooManyRejects(self._tell_of_rejects(place, rejects), tuple(rejects.first))
            self._checkpoint.move(place)
        return place, step

    def _tell_of_rejects(self, place: Place, rejects: Rejects) -> str:
        some = "; ".join(str(one) for one in rejects.first[:3])
        return (
            f"{place.rejected:,} rows were rejected up to line {place.line - 1:,}, more than the {self._limit:,} of"
            f" max_rejects: {some}. What stands before line {self._place.line:,} is loaded: allow more"
            " (max_rejects, --max-rejects any) and call again, and the load goes on from there. Mended rows are a file"
            " of their own; the whole file again, with restart, doubles what no unique field tells apart."
        )


def refuse_a_transaction(using: str) -> None:
    if connections[using].in_atomic_block:
        raise transaction.TransactionManagementError(
            "A load inside a transaction is one long transaction, without checkpoints: call ingest() outside of"
            " atomic(); in a migration set atomic = False."
        )

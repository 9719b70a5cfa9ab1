"""The engine first, and the database's own index while the engine is down: both are kept by one worker.

A change is written to both or to neither: the outbox keeps it until both have it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from django_tenfold.search.engine.errors import EngineDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_tenfold.search.backend import Asked, Found, SearchBackend
    from django_tenfold.search.documents import Batch
    from django_tenfold.search.index import Shape

log = logging.getLogger("django_tenfold.search")
DATABASE = "database"
"""The source of what the database answered in the engine's place."""
PAUSE_SECONDS = 5.0
"""For so long a process asks an engine no more that did not answer: each search would wait for it anew."""
DIFFERS = ""
"""A digest that no document has."""
T = TypeVar("T")


@dataclass(slots=True)
class Pause:
    """When this process may ask the engine again."""

    until: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def holds(self) -> bool:
        return self.clock() < self.until

    def begin(self, error: EngineDownError) -> None:
        self.until = self.clock() + PAUSE_SECONDS
        log.warning("The database's index answers for %.0f s: %s", PAUSE_SECONDS, error)


@dataclass(frozen=True, slots=True)
class FallbackBackend:
    engine: SearchBackend
    database: SearchBackend
    pause: Pause = field(default_factory=Pause)

    def create(self, shape: Shape, number: int) -> None:
        self.engine.create(shape, number)
        self.database.create(shape, number)

    def write(self, shape: Shape, number: int, batch: Batch, *, live: bool) -> None:
        self.engine.write(shape, number, batch, live=live)
        self.database.write(shape, number, batch, live=live)

    def finish(self, shape: Shape, number: int) -> None:
        self.database.finish(shape, number)
        self.engine.finish(shape, number)

    def drop(self, shape: Shape, number: int) -> None:
        self.engine.drop(shape, number)
        self.database.drop(shape, number)

    def find(self, shape: Shape, number: int, asked: Asked) -> Found:
        """Ranks of one source mean nothing to the other: pages stay with the one that gave the first."""
        if asked.source == DATABASE:
            return replace(self.database.find(shape, number, asked), source=DATABASE)
        if asked.after and asked.words:
            return self.engine.find(shape, number, asked)
        return self._either(
            lambda: self.engine.find(shape, number, asked),
            lambda: replace(self.database.find(shape, number, asked), source=DATABASE),
        )

    def read_digests(self, shape: Shape, number: int, after: Any, upto: Any) -> dict[Any, str]:
        """Of both; a document that they do not agree on has a digest that no row has."""
        there = self.engine.read_digests(shape, number, after, upto)
        here = self.database.read_digests(shape, number, after, upto)
        return {
            key: there[key] if there.get(key) == here.get(key) else DIFFERS
            for key in there.keys() | here.keys()
        }

    def find_known(self, shape: Shape, number: int, words: Iterable[str]) -> set[str]:
        asked = [*words]
        return self._either(
            lambda: self.engine.find_known(shape, number, asked),
            lambda: self.database.find_known(shape, number, asked),
        )

    def find_near(self, shape: Shape, number: int, word: str) -> list[tuple[str, int]]:
        return self._either(
            lambda: self.engine.find_near(shape, number, word),
            lambda: self.database.find_near(shape, number, word),
        )

    def _either(self, first: Callable[[], T], second: Callable[[], T]) -> T:
        if self.pause.holds():
            return second()
        try:
            return first()
        except EngineDownError as error:
            self.pause.begin(error)
            return second()

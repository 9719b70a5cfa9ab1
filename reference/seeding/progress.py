"""Tells how far it is: rows, rate, time left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 2.0
"""Seconds between two lines."""


@dataclass
class Progress:
    """Of one table. `say` writes a line, `clock` gives seconds."""

    name: str
    rows: int
    say: Callable[[str], object]
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    begun: float = field(init=False)
    told: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.told = self.clock()

    def add(self, rows: int) -> None:
        self.done += rows
        now = self.clock()
        if now - self.told >= EVERY:
            self.told = now
            rate = self.done / (now - self.begun)
            left = (self.rows - self.done) / rate
            self.say(f"  {self.name}: {self.done:,} of {self.rows:,}, {rate:,.0f}/s, {left:.0f} s left")

    def end(self) -> None:
        seconds = self.clock() - self.begun
        rate = f", {self.done / seconds:,.0f}/s" if seconds else ""
        self.say(f"  {self.name}: {self.done:,} rows in {seconds:.1f} s{rate}")

"""How long a service that ended by itself waits, and when it is given up."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FIRST = 0.1
"""Seconds before the first restart: a master killed once is back before a second has passed."""
LONGEST = 10.0
JITTER = 0.25
"""Up to a quarter longer: services that fell together do not rise together."""
MOST = 5
WITHIN = 60.0
"""Five failures in a minute are a crash loop: a person must look."""
STEADY = 10.0
"""Seconds of readiness after which earlier failures are forgiven."""


@dataclass
class Failures:
    """The failures of one service. All times are of one monotonic clock."""

    streak: int = 0
    times: deque[float] = field(default_factory=deque)

    def note(self, now: float, *, own: bool) -> None:
        """One more. `own` is False where something that it needs was down, or a person killed it."""
        self.streak += 1
        if own:
            self.times.append(now)
        while self.times and now - self.times[0] > WITHIN:
            self.times.popleft()

    def forgive(self) -> None:
        self.streak = 0
        self.times.clear()

    @property
    def looping(self) -> bool:
        return len(self.times) >= MOST

    def delay(self, chance: float) -> float:
        """Seconds to wait; `chance` is a random number of 0 up to 1."""
        # A service that fails for hours must not overflow the exponent.
        doubled: float = FIRST * 2 ** min(max(self.streak - 1, 0), 16)
        return min(doubled, LONGEST) * (1 + JITTER * chance)

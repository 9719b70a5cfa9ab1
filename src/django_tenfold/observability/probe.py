"""Asks something that may hang, and has the answer within a time limit or the reason why not.

The question is asked in a thread of its own, one at a time: a server that was stopped costs one waiting thread,
however often it is asked. Answers are kept for a second, so that whoever asks cannot put load on the server.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

Told = TypeVar("Told")
GIVEN_UP = 30.0
"""Seconds after which a thread that still waits is left to itself: what it waits for may never answer, while a
new connection would be answered by the server that took over."""


@dataclass(slots=True)
class _Asking(Generic[Told]):
    """One question on its way."""

    since: float
    done: threading.Event = field(default_factory=threading.Event)
    answer: Told | None = None


class Probe(Generic[Told]):
    """`read(timeout)` gives what `ask()` returned, None when it raised or takes too long."""

    def __init__(self, name: str, ask: Callable[[], Told], *, keeps: float = 1.0) -> None:
        """`keeps` is how long an answer stands, seconds. What `ask` opens it must close: its thread ends."""
        self.name = name
        self.ask = ask
        self.keeps = keeps
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._asking: _Asking[Told] | None = None
        self._last: tuple[float, _Asking[Told]] | None = None
        """When the last question was answered or failed, and that question."""
        self._pid = os.getpid()

    def read(self, timeout: float) -> Told | None:
        """The answer, at most `keeps` seconds old; None when there is none within `timeout` seconds."""
        if self._pid != os.getpid():
            self._forget()  # Forked: the thread that asked is not here.
        now = monotonic()
        asking = self._find_fresh(now) or self._begin(now)
        # Whoever comes while one is on its way waits for what is left of that one's time.
        if not asking.done.wait(max(0.0, asking.since + timeout - now)):
            return None
        return asking.answer

    def start(self) -> None:
        """Asks, when the answer is not fresh, without waiting."""
        self.read(0.0)

    def _find_fresh(self, now: float) -> _Asking[Told] | None:
        last = self._last
        return last[1] if last is not None and now - last[0] < self.keeps else None

    def _begin(self, now: float) -> _Asking[Told]:
        with self._lock:
            if fresh := self._find_fresh(now):  # It was answered a moment ago.
                return fresh
            asking = self._asking
            if asking is None or now - asking.since > GIVEN_UP:
                asking = self._asking = _Asking(now)
                threading.Thread(
                    target=self._run, args=(asking,), name=f"tenfold {self.name}", daemon=True
                ).start()
            return asking

    def _run(self, asking: _Asking[Told]) -> None:
        try:
            asking.answer = self.ask()
        except Exception as problem:
            # Its text may hold addresses and names: it goes to the log alone. Once a second at most.
            logger.warning("Asking for %s failed: %s: %s", self.name, type(problem).__name__, problem)
        with self._lock:
            asking.done.set()
            self._last = (monotonic(), asking)
            if self._asking is asking:
                self._asking = None


def read_all(probes: Mapping[str, Probe[Told]], timeout: float) -> dict[str, Told | None]:
    """The answers by the same names; all are asked at once, and waited for together."""
    for probe in probes.values():
        probe.start()
    return {name: probe.read(timeout) for name, probe in probes.items()}

"""Contenders measured in turns: each round runs every one once, in another order; medians are compared."""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from serving.load import fetch, run_wrk
from serving.processor import time_spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from serving.contenders import Contender
    from serving.load import Run


@dataclass(frozen=True)
class Measured:
    """One run, or the medians of several."""

    rate: float
    """Requests a second."""
    p99: float
    """Milliseconds."""
    microseconds: float
    """Of processor time for one request, over application, database and edge."""

    def describe(self) -> dict[str, Any]:
        return {
            "requests_per_s": round(self.rate),
            "p99_ms": round(self.p99, 1),
            "us_per_request": round(self.microseconds),
        }


def compare(
    contenders: Sequence[Contender], path: str, *, connections: int, rounds: int, seconds: int
) -> Mapping[str, Measured]:
    """Name -> medians. Every contender has to answer with the body of the first. Raises LoadError."""
    expected = fetch(contenders[0].url + path)
    for one in contenders:  # warm: no first connection, no first plan in what counts
        run_wrk(one.url + path, expected=expected, connections=connections, seconds=1)
    found: dict[str, list[Measured]] = {one.name: [] for one in contenders}
    for _ in range(rounds):
        for one in random.sample(contenders, len(contenders)):
            found[one.name].append(_measure(one, path, expected, connections=connections, seconds=seconds))
    return {name: take_medians(runs) for name, runs in found.items()}


def take_medians(runs: Iterable[Measured]) -> Measured:
    """Each figure's own median."""
    kept = tuple(runs)
    return Measured(
        rate=median(one.rate for one in kept),
        p99=median(one.p99 for one in kept),
        microseconds=median(one.microseconds for one in kept),
    )


def _measure(one: Contender, path: str, expected: bytes, *, connections: int, seconds: int) -> Measured:
    runs: list[Run] = []
    spent = time_spent(
        one.processes,
        lambda: runs.append(
            run_wrk(one.url + path, expected=expected, connections=connections, seconds=seconds)
        ),
    )
    return Measured(runs[0].rate, runs[0].p99, spent / runs[0].requests * 1e6)

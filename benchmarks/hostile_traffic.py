"""How much of its throughput a stack keeps while 64 clients never end their header and one request in five is
malformed, beside stock gunicorn.

The list of twenty rows; clean and hostile runs in turns. The hostile clients use the same port as the others
(TLS in front of the stack) and come as fast as the clean rate says that they must to be a fifth of all
requests. They run on the machine that is measured: what they take of the processor is lost to the rate, so
the processor's time for one good request is given too.

python benchmarks/hostile_traffic.py [rounds] [seconds]; needs wrk. Written to results/hostile_traffic.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from measuring.results import write_results
from serving.contenders import Contender, make_example, on_server, on_stack
from serving.load import LoadError, fetch, require_wrk, run_wrk
from serving.processor import time_spent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving.load import Run

SLOW = 64
SHARE = 0.2
"""Of all requests: the malformed ones."""
LEAST = 0.95
"""Of the clean throughput."""
PATH, CONNECTIONS = "/reviews/", 8
SETTLING = 2.0
"""Seconds for the slow clients to connect."""
PROGRAM = Path(__file__).parent / "serving" / "hostile.py"
STACK, STOCK = "tenfold up", "stock"


def main(rounds: int = 5, seconds: int = 4) -> int:
    require_wrk()
    stock = make_example("stock", "gunicorn")
    with on_stack(make_example("unchanged")) as stack:
        words = ("-m", "gunicorn", "config.wsgi", "-b", "127.0.0.1:{port}")
        ours = measure(Contender(STACK, stack.url, (stack.supervisor,)), rounds, seconds)
        with on_server(STOCK, stack, *words, example=stock) as one:
            theirs = measure(one, 1, seconds, hangs=True)
    met = ours["kept"] >= LEAST
    result = {"slow_clients": SLOW, "malformed_share": SHARE, "load_average": round(os.getloadavg()[1], 1)}
    figures = {"target": LEAST, "met": met, "contenders": {STACK: ours, STOCK: theirs}}
    write_results("hostile_traffic", {**result, "rounds": rounds, "seconds": seconds, **figures})
    sys.stdout.write(
        f"kept with {SLOW} slow clients and {SHARE:.0%} malformed requests: {ours['kept']:.0%} of the requests"
        f" at {ours['processor_to_clean']:.2f} x the processor's time for a good one; stock {theirs['kept']:.0%}\n"
    )
    return 0 if met else 1


def measure(one: Contender, rounds: int, seconds: int, *, hangs: bool = False) -> dict[str, Any]:
    """Clean and hostile runs in turns. With `hangs` nothing need be answered in the hostile ones."""
    url = one.url + PATH
    expected = fetch(url)
    run_wrk(url, expected=expected, connections=CONNECTIONS, seconds=1)
    clean, hostile, sent, refused = [], [], 0, 0
    for _ in range(rounds):
        clean.append(_timed(one, expected, seconds))
        with attack(one.url, rate=malformed_rate(clean[-1][0].rate)) as said:
            hostile.append(_timed(one, None if hangs else expected, seconds))
        sent, refused = sent + said["sent"], refused + said["refused"]
    if not hangs and refused < sent:
        raise LoadError(f"{sent - refused} of {sent} malformed requests were not refused")
    rates = [median(run.rate for run, _ in runs) for runs in (clean, hostile)]
    costs = [median(cost for _, cost in runs) for runs in (clean, hostile)]
    return {
        "kept": round(rates[1] / rates[0], 3),
        "clean_per_s": round(rates[0]),
        "hostile_per_s": round(rates[1]),
        "processor_to_clean": round(costs[1] / costs[0], 3) if rates[1] else None,
        "malformed_sent": sent,
        "malformed_refused": refused,
    }


def malformed_rate(clean: float) -> float:
    """Malformed requests a second that make up SHARE of all, beside `clean` good ones."""
    return clean * SHARE / (1 - SHARE)


@contextmanager
def attack(url: str, *, rate: float) -> Iterator[dict[str, int]]:
    """The hostile clients; what they did stands in the result afterwards."""
    parts = urlsplit(url)
    words = [
        sys.executable,
        str(PROGRAM),
        parts.netloc,
        f"{rate:g}",
        str(SLOW),
        parts.scheme == "https" and "tls",
    ]
    said: dict[str, int] = {}
    with subprocess.Popen(
        [word for word in words if word], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            time.sleep(SETTLING)
            yield said
        finally:
            answer, _ = process.communicate("")
            said.update(json.loads(answer))


def _timed(one: Contender, expected: bytes | None, seconds: int) -> tuple[Run, float]:
    """A run and the microseconds of processor time for one good request."""
    runs: list[Run] = []
    url = one.url + PATH
    spent = time_spent(
        one.processes,
        lambda: runs.append(run_wrk(url, expected=expected, connections=CONNECTIONS, seconds=seconds)),
    )
    return runs[0], spent / max(1, runs[0].requests) * 1e6


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

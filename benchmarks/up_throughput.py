"""An unchanged project on `tenfold up` beside the stock deployment, in one run.

Stock is gunicorn as it comes (one sync worker) with the project's own settings: no persistent connection,
default middleware, no proxy. A second stock contender has as many workers as the stack. Pages: a list of
twenty rows through DRF with select_related, and a view of one query. Each round runs every contender once,
in another order; the medians are compared. The main number is the processor's time for one request, summed
over application, database and edge. Any answer but 200 with the same body ends the run.

python benchmarks/up_throughput.py [rounds] [seconds]; needs wrk. Written to results/up_throughput.json.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import make_example, on_gunicorn, on_stack
from serving.load import fetch, refuse_taken, require_wrk, run_wrk
from serving.processor import processes_with, time_spent

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = {"list of 20 rows": ("/reviews/", 8), "one query": ("/one/", 32)}
"""Name -> (path, connections), as in the method's tables."""
TARGETS = {"list of 20 rows": (4.0, 0.6), "one query": (12.0, None)}
"""At least so many times the requests a second; at most so much of the processor's time."""
STOCK, STOCK_SAME = "stock", "stock, as many workers"
STACK = "tenfold up"
STOCK_PORT = 20_981


@dataclass(frozen=True)
class Contender:
    name: str
    url: str
    processes: Callable[[], frozenset[int]]


@dataclass(frozen=True)
class Measured:
    rate: float
    p99: float
    microseconds: float
    """Of processor time for one request."""


def main(rounds: int = 5, seconds: float = 4) -> int:
    require_wrk()
    stock = make_example("stock", "gunicorn")
    with on_stack(make_example("unchanged")) as stack:
        database = {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(stack.ports["postgres"]),
            "POSTGRES_USER": "tenfold",
            "POSTGRES_DB": "app",
            "POSTGRES_PASSWORD": _password(stack.folder),
        }
        refuse_taken(STOCK_PORT)
        workers = _workers(stack.status)
        with (
            on_gunicorn(stock, port=STOCK_PORT, database=database, marker="stock") as one,
            on_gunicorn(
                stock, "-w", str(workers), port=STOCK_PORT + 1, database=database, marker="same"
            ) as same,
        ):
            contenders = (
                Contender(STACK, stack.url.rstrip("/"), stack.processes),
                Contender(STOCK, one, lambda: stack.processes() | processes_with("BENCHMARK", "stock")),
                Contender(STOCK_SAME, same, lambda: stack.processes() | processes_with("BENCHMARK", "same")),
            )
            result = {page: _compare(page, contenders, rounds, seconds) for page in PAGES}
    write_results("up_throughput", {"rounds": rounds, "seconds": seconds, "workers": workers, **result})
    return 0 if all(one["met"] for one in result.values()) else 1


def _compare(page: str, contenders: tuple[Contender, ...], rounds: int, seconds: float) -> dict[str, Any]:
    path, connections = PAGES[page]
    expected = fetch(contenders[0].url + path)
    found: dict[str, list[Measured]] = {one.name: [] for one in contenders}
    for _ in range(rounds):
        for one in random.sample(contenders, len(contenders)):
            found[one.name].append(_measure(one, path, expected, connections, seconds))
    medians = {name: _median(runs) for name, runs in found.items()}
    ours, stock = medians[STACK], medians[STOCK]
    more, most = TARGETS[page]
    rate, cost = ours.rate / stock.rate, ours.microseconds / stock.microseconds
    sys.stdout.write(
        f"{page}: {rate:.1f} x the requests of stock at {cost:.2f} x its processor time"
        f" ({ours.rate / medians[STOCK_SAME].rate:.1f} x with as many workers); p99 {ours.p99:.0f} ms"
        f" beside {stock.p99:.0f} ms\n"
    )
    return {
        "rate_to_stock": round(rate, 2),
        "rate_to_stock_with_as_many_workers": round(ours.rate / medians[STOCK_SAME].rate, 2),
        "processor_to_stock": round(cost, 3),
        "target": {"rate": more, "processor": most},
        "met": rate >= more and (most is None or cost <= most),
        "contenders": {
            name: {
                "requests_per_s": round(m.rate),
                "p99_ms": round(m.p99, 1),
                "us_per_request": round(m.microseconds),
            }
            for name, m in medians.items()
        },
    }


def _measure(one: Contender, path: str, expected: bytes, connections: int, seconds: float) -> Measured:
    runs = []
    spent = time_spent(
        one.processes,
        lambda: runs.append(
            run_wrk(one.url + path, expected=expected, connections=connections, seconds=seconds)
        ),
    )
    run = runs[0]
    return Measured(run.rate, run.p99, spent / run.requests * 1e6)


def _median(runs: list[Measured]) -> Measured:
    return Measured(*(median(getattr(one, name) for one in runs) for name in ("rate", "p99", "microseconds")))


def _password(folder: Any) -> str:
    import json

    return str(json.loads((folder / "secrets.json").read_text(encoding="utf-8"))["database"])


def _workers(status: Any) -> int:
    """Worker processes of the application in all: two instances of one each on two cores."""
    return sum(one["kind"] == "app" for one in status["services"])


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

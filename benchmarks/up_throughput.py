"""An unchanged project on `tenfold up` beside the stock deployment, in one run.

Stock is gunicorn as it comes (one sync worker) with the project's own settings: no persistent connection,
default middleware, no proxy, no TLS. A second stock contender has as many workers as the stack. The stack is
what a machine with nothing but Python gets: persistent connections, since no wheel carries PgBouncer. Pages: a
list of twenty rows through DRF with select_related, and a view of one query. Each round runs every
contender once, in another order; the medians are compared. The main number is the processor's time for one
request, summed over application, database and edge. Any answer but 200 with the same body ends the run.

python benchmarks/up_throughput.py [rounds] [seconds]; needs wrk. Written to results/up_throughput.json.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import Contender, make_example, on_server, on_stack
from serving.load import require_wrk
from serving.rounds import compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.rounds import Measured

PAGES = {"list of 20 rows": ("/reviews/", 8), "one query": ("/one/", 32)}
"""Name -> (path, connections)."""
TARGETS: dict[str, tuple[float, float | None]] = {"list of 20 rows": (4.0, 0.6), "one query": (12.0, None)}
"""At least so many times the requests a second; at most so much of the processor's time."""
STACK, STOCK, STOCK_SAME = "tenfold up", "stock", "stock, as many workers"


def main(rounds: int = 5, seconds: int = 4) -> int:
    require_wrk()
    stock = make_example("stock", "gunicorn")
    with on_stack(make_example("unchanged"), "--pooler", "persistent") as stack:
        workers = sum(one["kind"] == "app" for one in stack.status["services"])
        words = ("-m", "gunicorn", "config.wsgi", "-b", "127.0.0.1:{port}")
        with (
            on_server(STOCK, stack, *words, example=stock) as one,
            on_server(STOCK_SAME, stack, *words, "-w", workers, example=stock) as same,
        ):
            contenders = (Contender(STACK, stack.url, (stack.supervisor,)), one, same)
            result = {
                page: judge(
                    page,
                    compare(contenders, path, connections=connections, rounds=rounds, seconds=seconds),
                )
                for page, (path, connections) in PAGES.items()
            }
    load = round(os.getloadavg()[1], 1)
    document = {"rounds": rounds, "seconds": seconds, "workers": workers, "load_average": load, **result}
    write_results("up_throughput", document)
    for page, figures in result.items():
        sys.stdout.write(f"{page}: {tell(figures)}\n")
    return 0 if all(one["met"] for one in result.values()) else 1


def judge(page: str, medians: Mapping[str, Measured]) -> dict[str, Any]:
    """The ratios of one page, and whether they are what they should be."""
    ours, stock, same = medians[STACK], medians[STOCK], medians[STOCK_SAME]
    least, most = TARGETS[page]
    rate, cost = ours.rate / stock.rate, ours.microseconds / stock.microseconds
    return {
        "rate_to_stock": round(rate, 2),
        "rate_to_stock_with_as_many_workers": round(ours.rate / same.rate, 2),
        "processor_to_stock": round(cost, 3),
        "target": {"rate": least, "processor": most},
        "met": rate >= least and (most is None or cost <= most),
        "contenders": {name: one.describe() for name, one in medians.items()},
    }


def tell(figures: Mapping[str, Any]) -> str:
    """One page's ratios for a person."""
    ours, stock = figures["contenders"][STACK], figures["contenders"][STOCK]
    return (
        f"{figures['rate_to_stock']} x the requests of stock at {figures['processor_to_stock']} x its processor"
        f" time ({figures['rate_to_stock_with_as_many_workers']} x with as many workers);"
        f" {ours['requests_per_s']} beside {stock['requests_per_s']} a second,"
        f" p99 {ours['p99_ms']:.0f} ms beside {stock['p99_ms']:.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

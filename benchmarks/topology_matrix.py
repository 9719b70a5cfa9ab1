"""The stack beside what a careful operator would set up by hand, on the same view, in one run.

By hand: gunicorn as it comes (one default worker); nginx before gunicorn over TCP; and the best of known
combinations with kept database connections: gunicorn's threads, granian alone, nginx before gunicorn's
threads and before granian. Those before which nginx stands have TLS as the stack has; the others answer
plain HTTP to whoever asks, and are given for scale: a stack without an edge is held by slow clients, and
serves no files. The stack may stay 5 % behind the best that has an edge.

python benchmarks/topology_matrix.py [rounds] [seconds]; needs wrk. Written to results/topology_matrix.json.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import KEPT, Contender, make_example, on_server, on_stack
from serving.load import require_wrk
from serving.proxy import behind_nginx
from serving.rounds import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serving.contenders import Example, Stack
    from serving.rounds import Measured

PATH, CONNECTIONS = "/one/", 32
STACK, DEFAULT = "tenfold up", "gunicorn, one default worker"
MAY_LACK = 0.05
ADDRESS = "127.0.0.1:{port}"
GUNICORN = ("-m", "gunicorn", "config.wsgi", "-b", ADDRESS)
THREADED = (*GUNICORN, "-w", 2, "-k", "gthread", "--threads", 4, "--keep-alive", 75)
GRANIAN = (
    *("-m", "granian", "config.wsgi:application", "--interface", "wsgi", "--host", "127.0.0.1"),
    *("--port", "{port}", "--workers", 2, "--blocking-threads", 4, "--no-ws"),
)
BY_HAND: Mapping[str, tuple[tuple[object, ...], bool, bool]] = {
    DEFAULT: (GUNICORN, False, False),
    "gunicorn gthread, kept connections": (THREADED, True, False),
    "granian, kept connections": (GRANIAN, True, False),
    "nginx > gunicorn sync": ((*GUNICORN, "-w", 2), False, True),
    "nginx > gunicorn sync, kept connections": ((*GUNICORN, "-w", 2), True, True),
    "nginx > gunicorn gthread, kept connections": (THREADED, True, True),
    "nginx > granian, kept connections": (GRANIAN, True, True),
}
"""Name -> (words after the interpreter, whether connections are kept, whether nginx stands before it)."""


def main(rounds: int = 5, seconds: int = 3) -> int:
    require_wrk()
    example = make_example("by-hand", "gunicorn", "granian")
    with on_stack(make_example("unchanged")) as stack, ExitStack() as started:
        contenders = [Contender(STACK, stack.url, (stack.supervisor,))]
        contenders += start_all(stack, example, started)
        medians = compare(contenders, PATH, connections=CONNECTIONS, rounds=rounds, seconds=seconds)
    result = judge(medians)
    load = round(os.getloadavg()[1], 1)
    write_results("topology_matrix", {"rounds": rounds, "seconds": seconds, "load_average": load, **result})
    for name, one in sorted(medians.items(), key=lambda pair: pair[1].microseconds):
        sys.stdout.write(
            f"{name:44} {one.rate:6.0f} a second  p99 {one.p99:4.0f} ms  {one.microseconds:5.0f} us\n"
        )
    sys.stdout.write(
        f"the stack has {result['rate_to_best']} x the requests of the best by hand with an edge,"
        f" at {result['processor_to_best']} x the processor's time of the cheapest\n"
    )
    return 0 if result["met"] else 1


def start_all(stack: Stack, example: Example, started: ExitStack) -> Iterator[Contender]:
    """Every contender by hand; they end with `started`."""
    for number, (name, (words, kept, proxied)) in enumerate(BY_HAND.items()):
        settings = "config.tuned" if kept else "config.settings"
        one = started.enter_context(
            on_server(name, stack, *words, example=example, settings=settings, socket=kept)
        )
        if proxied:
            folder = KEPT / "proxies" / str(number)
            one = started.enter_context(behind_nginx(name, stack, one, folder=folder))
        yield one


def judge(medians: Mapping[str, Measured]) -> dict[str, Any]:
    """The stack against the best by hand that has an edge, and against the best of all."""
    ours = medians[STACK]
    edged = [medians[name] for name, (_, _, proxied) in BY_HAND.items() if proxied]
    every = [medians[name] for name in BY_HAND]
    rate = ours.rate / max(one.rate for one in edged)
    return {
        "rate_to_best": round(rate, 3),
        "processor_to_best": round(ours.microseconds / min(one.microseconds for one in edged), 3),
        "rate_to_best_without_an_edge": round(ours.rate / max(one.rate for one in every), 3),
        "rate_to_default": round(ours.rate / medians[DEFAULT].rate, 2),
        "target": 1 - MAY_LACK,
        "met": rate >= 1 - MAY_LACK,
        "contenders": {name: one.describe() for name, one in medians.items()},
    }


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

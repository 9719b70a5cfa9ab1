"""JSON log lines beside plain ones with the same fields: processor time of a line, in one run.

Plain is Python's own Formatter. Both write through the same handler to a file and have the same filter. An
application's line is a message with two arguments; an access line is what the block's access log makes at the end
of a request, ten fields. Each round takes every contender once, in another order; the medians are compared. Before
it, a line of each is read back: the fields must be equal.

python benchmarks/json_logging.py [rounds] [lines]; needs Django alone. Written to results/json_logging.json.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from measuring.results import write_results

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from django.conf import settings

settings.configure()

from django_tenfold.observability import access_log  # noqa: E402
from django_tenfold.observability.log_lines import JsonFormatter, RequestIdFilter  # noqa: E402
from django_tenfold.observability.record import Record, current  # noqa: E402
from django_tenfold.observability.settings import ObservabilityOptions  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = 1.3
"""Times the processor's time of the plain line, at most."""
COMMON = "%(asctime)s %(levelname)s %(name)s %(process)d %(request_id)s"
ACCESS_FIELDS = ("method", "path", "status", "ms", "view", "bytes", "queries", "sql_ms", "client")
PLAIN = {
    "application": f"{COMMON} %(message)s",
    "access": f"{COMMON} %(message)s {' '.join(f'{name}=%({name})s' for name in ACCESS_FIELDS)}",
}
REQUEST = SimpleNamespace(
    method="GET", path="/shop/4711/", META={"REMOTE_ADDR": "10.0.0.7", "QUERY_STRING": ""}
)
RECORD = Record(
    "0123456789abcdef0123456789abcdef",
    0.0,
    REQUEST,
    view="shop:product",
    queries=3,
    sql_seconds=0.0042,
    seconds=0.0123,
    status=200,
    sent_bytes=5120,
)


def main(rounds: int = 9, lines: int = 20_000) -> int:
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            (kind, form): make_writer(kind, form, Path(folder) / f"{kind}-{form}")
            for kind in PLAIN
            for form in ("plain", "json")
        }
        for kind in PLAIN:
            compare_lines(kind, contenders, Path(folder))
        taken: dict[tuple[str, str], list[float]] = {name: [] for name in contenders}
        order = list(contenders)
        for _ in range(rounds):
            random.shuffle(order)
            for name in order:
                taken[name].append(measure(contenders[name], lines))
    document = {
        kind: {
            "plain_us": round(median(taken[kind, "plain"]), 2),
            "json_us": round(median(taken[kind, "json"]), 2),
            "ratio": round(median(taken[kind, "json"]) / median(taken[kind, "plain"]), 3),
            "target": TARGET,
        }
        for kind in PLAIN
    }
    write_results("json_logging", {"rounds": rounds, "lines": lines, **document})
    for kind, told in document.items():
        sys.stdout.write(
            f"{kind}: JSON {told['json_us']} us, plain {told['plain_us']} us: {told['ratio']} x (at most {TARGET})\n"
        )
    return 0 if all(told["ratio"] <= TARGET for told in document.values()) else 1


def make_writer(kind: str, form: str, path: Path) -> Callable[[], object]:
    """A function that logs one line of this kind and form to the file."""
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(PLAIN[kind]))
    handler.addFilter(RequestIdFilter())
    logger = logging.Logger(f"shop.{kind}", logging.INFO)
    logger.addHandler(handler)
    if kind == "application":
        return lambda: logger.info("order %s paid by %s", 4711, "ann")
    finish = access_log.make_finisher(ObservabilityOptions())
    assert finish is not None

    def write() -> None:
        access_log.logger = logger
        finish(RECORD, None)

    return write


def compare_lines(kind: str, contenders: dict[tuple[str, str], Callable[[], object]], folder: Path) -> None:
    """Raises AssertionError unless what JSON says stands in the plain line too."""
    current.set(RECORD)
    for form in ("plain", "json"):
        contenders[kind, form]()
    plain = (folder / f"{kind}-plain").read_text()
    fields: dict[str, Any] = json.loads((folder / f"{kind}-json").read_text())
    told = [str(value) for name, value in fields.items() if name != "time"]
    assert [value for value in told if value not in plain] == [], (plain, fields)


def measure(write: Callable[[], object], lines: int) -> float:
    """Microseconds of processor time a line."""
    started = time.process_time()
    for _ in range(lines):
        write()
    return (time.process_time() - started) / lines * 1e6


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

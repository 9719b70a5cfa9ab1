"""How many rows a second an export streams beside raw COPY, and how much memory it takes while it does.

"raw" is psycopg's COPY of the same columns of the same table, each row read and thrown away; the others are
`stream_rows` of the api block, read and thrown away too: CSV with cells guarded against formulas and without, JSON
lines, gzip, and the iteration that stands in where COPY cannot (over a part of the rows). Rounds are interleaved in
another order each; the shares are medians of each round's own ratio. Memory is the most that the process held during
an export of all rows above what it held before (VmHWM after a reset, Linux only).

python benchmarks/export_rows.py [rows] [rounds]. To results/export_rows.json.
"""

from __future__ import annotations

import gc
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from pages_and_counts import Servers, databases, fill_records, make_tables

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("id", "title", "rank", "score", "price", "made")
SHARE_TARGET = 0.7
"""Of raw COPY's rows a second, at least, of CSV and of JSON lines."""
MEMORY_TARGET = 40
"""MiB above idle, at most."""
TIMED_ROWS = 1_000_000
"""In each round of each case."""
ITERATED_ROWS = 200_000
FEW_ROWS = 10
"""Exported before memory is measured, so that imports and the connection count as idle."""


def main(rows: int = 10_000_000, rounds: int = 5) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                fill_records(rows)
                memory = measure_memory(rows)  # first: what other exports left would count as idle
                speeds = compare_speeds(min(rows, TIMED_ROWS), rounds)
        finally:
            servers.stop()
    shares = (speeds["to_raw"]["csv"], speeds["to_raw"]["jsonl"])
    met = {"share": min(shares) >= SHARE_TARGET, "memory": memory["mib"] <= MEMORY_TARGET}
    targets = {"share": SHARE_TARGET, "memory_mib": MEMORY_TARGET}
    document = {"rows": rows, "rounds": rounds, "targets": targets, "met": met, **speeds, "memory": memory}
    write_results("export_rows", document)
    told = ", ".join(f"{case} {share:.2f}" for case, share in speeds["to_raw"].items())
    sys.stdout.write(f"share of raw COPY's rows/s ({speeds['rows_per_s']['raw']:,}): {told}\n")
    sys.stdout.write(f"memory: {memory['mib']:.1f} MiB above idle over {memory['rows']:,} rows\n")
    return 0 if all(met.values()) else 1


def compare_speeds(rows: int, rounds: int) -> dict[str, Any]:
    """Rows a second; the first round, in which everything is cold, is not counted."""
    cases = {
        "raw": lambda: read_raw(rows),
        "csv": lambda: read_export(rows),
        "csv_unguarded": lambda: read_export(rows, safe=False),
        "jsonl": lambda: read_export(rows, kind="jsonl"),
        "csv_gzip": lambda: read_export(rows, gzip=True),
        "iterated": read_iterated,
    }
    rates: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case in random.sample([*cases], len(cases)):
            rate = time_reading(cases[case])
            if number:
                rates[case].append(rate)
    pairs = {case: zip(found, rates["raw"], strict=True) for case, found in rates.items()}
    return {
        "rows_per_s": {case: round(median(found)) for case, found in rates.items()},
        "to_raw": {case: round(median(rate / raw for rate, raw in both), 3) for case, both in pairs.items()},
    }


def time_reading(read: Callable[[], int]) -> float:
    begun = time.perf_counter()
    number = read()
    return number / (time.perf_counter() - begun)


def read_raw(rows: int) -> int:
    from django.db import connection

    query = f"select {', '.join(COLUMNS)} from records_record where id <= {rows} order by id"
    sql = f"copy ({query}) to stdout (format csv)"
    number = 0
    with connection.cursor() as wrapped, wrapped.cursor.copy(sql) as copied:
        for _ in copied:
            number += 1
    return number


def read_export(rows: int, **options: Any) -> int:
    from tests.django_site.records.models import Record

    from django_tenfold.api.export import stream_rows

    lines = 0
    for block in stream_rows(Record.objects.filter(id__lte=rows), COLUMNS, **options):
        lines += block.count(b"\n")
    if not options.get("gzip") and lines - (options.get("kind") != "jsonl") != rows:
        raise SystemExit(f"{lines:,} lines of {rows:,} rows: the figures are worth nothing")
    return rows


def read_iterated() -> int:
    from tests.django_site.records.models import Record

    from django_tenfold.api.export import stream_rows

    for _ in stream_rows(Record.objects.filter(id__lte=ITERATED_ROWS), [*COLUMNS, "kind"], labels=True):
        pass
    return ITERATED_ROWS


def measure_memory(rows: int) -> dict[str, Any]:
    read_export(FEW_ROWS)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the high-water mark
    idle = read_status("VmRSS")
    read_export(rows)
    return {"rows": rows, "mib": round((read_status("VmHWM") - idle) / 1_024, 2)}


def read_status(name: str) -> int:
    """KiB."""
    found = re.search(
        rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE
    )
    if found is None:
        raise SystemExit(f"/proc/self/status has no {name}: memory is measured on Linux only")
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

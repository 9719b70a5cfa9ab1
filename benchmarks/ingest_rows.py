"""How many rows a second `ingest` loads beside raw COPY, and how much memory it takes while it does.

"raw" is psycopg's COPY of the same file straight into the same table with the same indexes and foreign key, in one
transaction; "clean" is `ingest` of that file: batches, checkpoints and all. The others load a shorter file, beside raw
COPY of a clean one as long: one row of a hundred is broken (no number, no such owner, too few cells, a NULL), half of
the rows are there already and are updated, the model fills three columns, JSON lines, gzip. Rounds are interleaved in
another order each; shares are medians of each round's own ratio. A load that leaves other rows than it should ends the
run. Memory is the most that the process held during a load above what it held before (VmHWM after a reset, Linux).

python benchmarks/ingest_rows.py [rows] [rounds]. To results/ingest_rows.json.
"""

from __future__ import annotations

import gc
import gzip
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from export_rows import read_status
from measuring.results import write_results
from pages_and_counts import Servers, databases, make_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS = ("id", "owner", "title", "kind", "rank", "score", "price", "made", "active")
TABLE_COLUMNS = "id, owner_id, title, kind, rank, score, price, made, active"
SHARE_TARGET = 0.7
"""Of raw COPY's rows a second, at least."""
OWNERS = 1_000
SHORT = 5
"""The other files have a fifth of the rows."""
BROKEN_EACH = 100
FEW_ROWS = 10
"""Loaded before memory is measured, so that imports and the connection count as idle."""
READ = 262_144


def main(rows: int = 1_000_000, rounds: int = 3) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                make_owners()
                files = write_files(Path(folder), rows)
                memory = measure_memory(files, rows)  # first: what other loads left would count as idle
                speeds = compare_speeds(files, rows, rounds)
        finally:
            servers.stop()
    judged = {"share": "clean", "broken": "broken", "jsonl": "jsonl"}
    met = {name: speeds["to_raw"][case] >= SHARE_TARGET for name, case in judged.items()}
    targets = dict.fromkeys(judged, SHARE_TARGET)
    document = {"rows": rows, "rounds": rounds, "targets": targets, "met": met, **speeds, "memory": memory}
    write_results("ingest_rows", document)
    told = ", ".join(f"{case} {share:.2f}" for case, share in speeds["to_raw"].items())
    sys.stdout.write(f"share of raw COPY's rows/s ({speeds['rows_per_s']['raw']:,}): {told}\n")
    sys.stdout.write(f"memory: {memory['mib']:.1f} MiB above idle over {memory['rows']:,} rows\n")
    return 0 if all(met.values()) else 1


def make_owners() -> None:
    from tests.django_site.records.models import Owner

    Owner.objects.bulk_create(Owner(id=number, name=f"Owner {number}") for number in range(1, OWNERS + 1))


def write_files(folder: Path, rows: int) -> dict[str, Path]:
    short = rows // SHORT
    names = ("few.csv", "clean.csv", "short.csv", "broken.csv", "filled.csv", "rows.jsonl", "packed.csv.gz")
    files = {Path(name).name.partition(".")[0]: folder / name for name in names}
    write_csv(files["few"], make_rows(FEW_ROWS))
    write_csv(files["clean"], make_rows(rows))
    write_csv(files["short"], make_rows(short))
    write_csv(files["broken"], break_some(make_rows(short)))
    write_csv(files["filled"], (row[:3] + row[5:8] for row in make_rows(short)), COLUMNS[:3] + COLUMNS[5:8])
    with files["rows"].open("w", encoding="utf-8") as file:
        for row in make_rows(short):
            file.write(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n")
    with gzip.open(files["packed"], "wb", 1) as packed:
        packed.write(files["short"].read_bytes())
    return files


def make_rows(rows: int) -> Iterator[tuple[str, ...]]:
    """One title of ten holds a comma and quotes."""
    for number in range(1, rows + 1):
        title = f"A title of number {number}" if number % 10 else f'"Said, ""well"" {number}"'
        made = f"2026-01-{number % 28 + 1:02} 12:00:{number % 60:02}+00"
        yield (
            str(number),
            str(number % OWNERS + 1),
            title,
            "a",
            str(number % 10),
            str(number % 1_000),
            f"{number % 100_000 / 100:.2f}",
            made,
            "t",
        )


def break_some(rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for number, row in enumerate(rows, 1):
        if number % BROKEN_EACH:
            yield row
            continue
        kind = number // BROKEN_EACH % 4
        yield (
            row[:3]
            if kind == 0
            else (row[0], "999999", *row[2:])
            if kind == 1
            else (*row[:4], "ten", *row[5:])
            if kind == 2
            else (*row[:4], "", *row[5:])
        )


def write_csv(path: Path, rows: Iterator[tuple[str, ...]], columns: tuple[str, ...] = COLUMNS) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for row in rows:
            file.write(",".join(row) + "\n")


def compare_speeds(files: dict[str, Path], rows: int, rounds: int) -> dict[str, Any]:
    """Rows a second; the first round, in which everything is cold, is not counted."""
    short = rows // SHORT
    broken = short // BROKEN_EACH
    cases: dict[str, tuple[Callable[[], Any], str, int, int]] = {
        "raw": (lambda: load_raw(files["clean"]), "raw", rows, rows),
        "clean": (lambda: load(files["clean"]), "raw", rows, rows),
        "raw_short": (lambda: load_raw(files["short"]), "raw_short", short, short),
        "broken": (lambda: load(files["broken"], max_rejects=None), "raw_short", short, short - broken),
        "upsert": (lambda: load(files["short"], on_conflict="update"), "raw_short", short, short),
        "filled": (lambda: load(files["filled"]), "raw_short", short, short),
        "jsonl": (lambda: load(files["rows"]), "raw_short", short, short),
        "gzip": (lambda: load(files["packed"]), "raw_short", short, short),
    }
    rates: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case in random.sample([*cases], len(cases)):
            call, _, read, left = cases[case]
            empty_table(half_of=files["short"] if case == "upsert" else None)
            begun = time.perf_counter()
            call()
            rate = read / (time.perf_counter() - begun)
            check_rows(case, left)
            if number:
                rates[case].append(rate)
    return {
        "rows_per_s": {case: round(median(found)) for case, found in rates.items()},
        "to_raw": {
            case: round(median(one / raw for one, raw in zip(rates[case], rates[of], strict=True)), 3)
            for case, (_, of, _, _) in cases.items()
            if case != of
        },
    }


def empty_table(half_of: Path | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("truncate records_record")
        if half_of is not None:
            load_raw(half_of)
            cursor.execute("delete from records_record where id %% 2 = 0", [])
        cursor.execute("vacuum analyze records_record")


def check_rows(case: str, left: int) -> None:
    from tests.django_site.records.models import Record

    if (there := Record.objects.count()) != left:
        raise SystemExit(f"{case}: {there:,} rows of {left:,}: the figures are worth nothing")


def load_raw(path: Path) -> None:
    from django.db import connection

    sql = f"copy records_record ({TABLE_COLUMNS}) from stdin (format csv, header)"
    with connection.cursor() as wrapped, path.open("rb") as file, wrapped.cursor.copy(sql) as copy:
        while data := file.read(READ):
            copy.write(data)


def load(path: Path, **asked: Any) -> None:
    from tests.django_site.records.models import Record

    from django_tenfold.db.ingest import ingest

    if asked.get("on_conflict"):
        asked["unique_fields"] = ["id"]
    ingest(Record, path, restart=True, **asked)


def measure_memory(files: dict[str, Path], rows: int) -> dict[str, Any]:
    load(files["few"])
    empty_table()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the high-water mark
    idle = read_status("VmRSS")
    load(files["clean"])
    return {"rows": rows, "mib": round((read_status("VmHWM") - idle) / 1_024, 2)}


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

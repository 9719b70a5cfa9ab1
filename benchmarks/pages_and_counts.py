"""What page 100,000 costs beside page 1, and a count beside count(*): ten million rows on PostgreSQL.

Two orders, `-id` and `rank, -id` (ten values of rank: large ties, mixed directions), 20 rows a page; the second
once more where the rows of one rank end on the page, which takes two statements and is told, not judged. "keyset" is
`KeysetPaginator.page()` of the api block, "offset" the slice that Django's Paginator makes. Everything is timed
whole: building the query, running it, making the instances, signing the cursors. Rounds are interleaved in another
order each; medians. A page that holds other rows than OFFSET's ends the run.

python benchmarks/pages_and_counts.py [rows] [rounds]. To results/pages_and_counts.json.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

PER_PAGE = 20
FAR = 100_000
"""The page, with ten million rows; a fifth of all rows lies before it with fewer."""
PAGE_TARGET = 2.0
"""Times page 1, at most."""
COUNT_TARGET = 5.0
"""Milliseconds, at most."""
ORDERS = {
    "id": (("-id",), 0),
    "rank_id": (("rank", "-id"), 10),
    "rank_id_where_ties_end": (("rank", "-id"), 0),
}
"""(order, pages beyond the far one). Directions are mixed where rows of one rank end on the page: two statements."""
JUDGED = ("id", "rank_id")
SLOW_ROUNDS = 3
"""Of what takes seconds: OFFSET and count(*)."""


def fill_records(rows: int) -> None:
    """`rows` records, loaded without the indexes that no order here needs."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "set synchronous_commit = off; drop index records_rank; drop index records_owner_score"
        )
        cursor.execute(
            "insert into records_owner (id, name) select n, 'Owner ' || n from generate_series(1, 1000) n"
        )
        cursor.execute(
            "insert into records_record (owner_id, title, kind, rank, score, price, made, active)"
            " select null, 'A title of number ' || n, 'a', n %% 10, n %% 1000, (n %% 100000) / 100.0,"
            " timestamptz '2026-01-01' + n * interval '1 s', true from generate_series(1, %s) n",
            [rows],
        )
        cursor.execute("create index records_rank on records_record (rank, id desc)")
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze records_record")


def main(rows: int = 10_000_000, rounds: int = 101) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                fill_records(rows)
                document = {"pages": compare_pages(rows, rounds), "counts": compare_counts(rows, rounds)}
        finally:
            servers.stop()
    worst = max(document["pages"][name]["far_to_first"] for name in JUDGED)
    counted = document["counts"]["ms"]["estimate"]
    met = {"pages": worst <= PAGE_TARGET, "counts": counted <= COUNT_TARGET}
    targets = {"far_to_first": PAGE_TARGET, "count_ms": COUNT_TARGET}
    write_results(
        "pages_and_counts", {"rows": rows, "rounds": rounds, "targets": targets, "met": met, **document}
    )
    for name, found in document["pages"].items():
        sys.stdout.write(
            f"{name}: page {found['page']:,} is {found['far_to_first']:.2f}x page 1: {found['cpu_ms']}\n"
        )
    sys.stdout.write(f"counts: {document['counts']}\n")
    return 0 if all(met.values()) else 1


def compare_pages(rows: int, rounds: int) -> dict[str, Any]:
    from tests.django_site.records.models import Record

    from django_tenfold.api.keyset import KeysetPaginator

    documents = {}
    for name, (order, beyond) in ORDERS.items():
        far = min(FAR, rows // PER_PAGE // 5) + beyond
        paginator = KeysetPaginator(Record.objects.all(), order_by=order, per_page=PER_PAGE)
        ordered = Record.objects.order_by(*order)
        start = (far - 1) * PER_PAGE
        cursor = paginator._cursor_of(ordered[start - 1], backward=False)
        if paginator.page(cursor).rows != [*ordered[start : start + PER_PAGE]]:
            raise SystemExit(
                f"{name}: the page holds other rows than OFFSET's: the figures are worth nothing"
            )
        cases: dict[str, Callable[[], Any]] = {
            "first": paginator.page,
            "far": lambda paginator=paginator, cursor=cursor: paginator.page(cursor),
            "last": lambda paginator=paginator: paginator.page(paginator.last),
        }
        times, cpu = time_rounds(cases, rounds)
        by_offset = {"far_by_offset": lambda rows=ordered, at=start: [*rows[at : at + PER_PAGE]]}
        slow_times, slow_cpu = time_rounds(by_offset, SLOW_ROUNDS)
        documents[name] = {
            "page": far,
            "ms": times | slow_times,
            "cpu_ms": cpu | slow_cpu,
            "far_to_first": round(cpu["far"] / cpu["first"], 2),
            "offset_to_far": round(slow_cpu["far_by_offset"] / cpu["far"], 1),
        }
    return documents


def compare_counts(rows: int, rounds: int) -> dict[str, Any]:
    from tests.django_site.records.models import Record

    from django_tenfold.api.counts import count_rows

    whole, some = Record.objects.all(), Record.objects.filter(rank__lt=3)
    times, _ = time_rounds(
        {
            "estimate": lambda: count_rows(whole),
            "filtered_auto": lambda: count_rows(some),
            "filtered_estimate": lambda: count_rows(some, mode="estimate"),
            "filtered_capped": lambda: count_rows(some, mode="capped"),
        },
        rounds,
    )
    slow, _ = time_rounds({"exact": whole.count, "filtered_exact": some.count}, SLOW_ROUNDS)
    true = some.count()
    return {
        "ms": times | slow,
        "error": round(abs(count_rows(whole).number - rows) / rows, 4),
        "filtered_error": round(abs(count_rows(some, mode="estimate").number - true) / true, 4),
    }


def time_rounds(
    cases: dict[str, Callable[[], Any]], rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Median milliseconds of each, by the clock and of processors; the first round, which is cold, is not counted."""
    backend = find_backend()
    clock: dict[str, list[float]] = {name: [] for name in cases}
    cpu: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name in random.sample([*cases], len(cases)):
            begun, used = time.perf_counter(), read_cpu(backend)
            cases[name]()
            if number:
                clock[name].append(time.perf_counter() - begun)
                cpu[name].append(read_cpu(backend) - used)
    return median_ms(clock), median_ms(cpu)


def median_ms(found: dict[str, list[float]]) -> dict[str, float]:
    return {name: round(median(seconds) * 1_000, 3) for name, seconds in found.items()}


def find_backend() -> Path:
    """Where the kernel tells how long the backend of this connection ran, in nanoseconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return Path(f"/proc/{cursor.fetchone()[0]}/schedstat")


def read_cpu(backend: Path) -> float:
    """Seconds of processor time, of this process and the backend."""
    return time.process_time() + int(backend.read_text(encoding="ascii").split()[0]) / 1e9


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

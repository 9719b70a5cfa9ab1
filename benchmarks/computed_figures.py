"""What figures cost that Python makes of rows, beside the database's own: a million rows on PostgreSQL.

The figures are a leaderboard's: the 25 highest values with their ranks, the 95th percentile and the average of a
duration (from one moment to a column). "expressions" are `Rank`, `Percentile`, `Seconds` of the block db and Django's
`Avg`, in two statements; "values" is Python over `values_list()` of the two columns, its best; "instances" is Python
over the queryset, as it is written most often. Each runs in a process of its own that ends with it, so that its
memory is its own: peak above what the process held before. Processor time is that of the process and its backend, which
runs without parallel workers. Rounds are interleaved in another order each; medians. Other figures than those of
"instances" end the run.

python benchmarks/computed_figures.py [rows] [rounds]. To results/computed_figures.json.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

SHOWN = 25
FRACTION = 0.95
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = 10.0
"""Times less processor time than Python over instances, at least; over values is told, not judged."""
MEMORY_TARGET = 10.0
"""MiB above what the process held before, at most."""


class WrongFiguresError(Exception):
    """Contenders that disagree: their times say nothing."""


def fill_records(rows: int) -> None:
    """`rows` records: ranks with many ties, moments within a month, and the index that a leaderboard has."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "set synchronous_commit = off; drop index records_rank; drop index records_owner_score"
        )
        cursor.execute(
            "insert into records_record (title, kind, rank, made, active)"
            " select 'A title of number ' || n, 'a', (n::bigint * 7919) %% 100003,"
            " %s + (n::bigint * 104729 %% 2592000) * interval '1 s', true from generate_series(1, %s) n",
            [BEGUN, rows],
        )
        cursor.execute("create index records_rank on records_record (rank)")
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze records_record")


def by_expressions() -> dict[str, Any]:
    from django.db.models import Avg, Value
    from tests.django_site.records.models import Record

    from django_tenfold.db.figures import Percentile, Rank, Seconds

    taken = Seconds(Value(BEGUN), "made")
    found = Record.objects.aggregate(average=Avg(taken), percentile=Percentile(taken, FRACTION))
    ranked = Record.objects.annotate(place=Rank("-rank")).order_by("-rank")
    return {**found, "first": [*ranked.values_list("rank", "place")[:SHOWN]]}


def by_values() -> dict[str, Any]:
    from tests.django_site.records.models import Record

    return _compute([*Record.objects.values_list("rank", "made")])


def by_instances() -> dict[str, Any]:
    from tests.django_site.records.models import Record

    return _compute([(record.rank, record.made) for record in Record.objects.all()])


def _compute(rows: list[tuple[int, datetime]]) -> dict[str, Any]:
    """The same figures by Python, without detours."""
    taken = sorted((made - BEGUN).total_seconds() for _, made in rows)
    place = (len(taken) - 1) * FRACTION
    low = int(place)
    high = taken[min(low + 1, len(taken) - 1)]
    scores = sorted((score for score, _ in rows), reverse=True)
    ranks: dict[int, int] = {}
    for number, score in enumerate(scores, start=1):
        ranks.setdefault(score, number)
    return {
        "average": sum(taken) / len(taken),
        "percentile": taken[low] + (high - taken[low]) * (place - low),
        "first": [(score, ranks[score]) for score in scores[:SHOWN]],
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "expressions": by_expressions,
    "values": by_values,
    "instances": by_instances,
}


def measure(name: str) -> dict[str, Any]:
    """The figures, seconds, processor seconds and MiB of one case, in a process of its own."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, sender))
    process.start()
    sender.close()
    try:
        found: dict[str, Any] = receiver.recv()
    except EOFError:
        raise WrongFiguresError(f"{name} ended without an answer") from None
    process.join()
    return found


def _run(name: str, sender: Connection) -> None:
    from django.db import connection
    from tests.django_site.records.models import Record

    with connection.cursor() as cursor:
        cursor.execute("set max_parallel_workers_per_gather = 0")
        cursor.execute("select pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    Record.objects.first()
    held, begun, used = _peak(), time.perf_counter(), _cpu(backend)
    figures = CASES[name]()
    sender.send(
        {
            "figures": figures,
            "seconds": time.perf_counter() - begun,
            "cpu_seconds": _cpu(backend) - used,
            "mib": _peak() - held,
        }
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu(backend: Path) -> float:
    """Seconds of processor time, of this process and the backend."""
    return time.process_time() + int(backend.read_text(encoding="ascii").split()[0]) / 1e9


def compare(rounds: int) -> dict[str, dict[str, float]]:
    """Medians by case; the first round, which is cold, is compared and not counted."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CASES}
    for number in range(rounds + 1):
        answers = {}
        for name in random.sample([*CASES], len(CASES)):
            measured = measure(name)
            answers[name] = measured.pop("figures")
            if number:
                found[name].append(measured)
        for name in CASES:
            refuse_other_figures(name, answers[name], answers["instances"])
    return {
        name: {key: round(median(one[key] for one in of), 4) for key in ("seconds", "cpu_seconds", "mib")}
        for name, of in found.items()
    }


def refuse_other_figures(name: str, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Floats may differ in the order in which they were added up."""
    for key in ("average", "percentile"):
        if abs(found[key] - wanted[key]) > 1e-9 * abs(wanted[key]):
            raise WrongFiguresError(f"{name}: {key} is {found[key]!r}, not {wanted[key]!r}")
    if found["first"] != wanted["first"]:
        raise WrongFiguresError(f"{name}: other ranks than those that Python gives")


def main(rows: int = 1_000_000, rounds: int = 3) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                fill_records(rows)
                figures = compare(rounds)
        finally:
            servers.stop()
    best = figures["expressions"]
    ratios = {
        f"{name}_to_expressions": {
            key: round(figures[name][key] / max(best[key], 0.001), 1) for key in ("seconds", "cpu_seconds")
        }
        for name in ("values", "instances")
    }
    met = ratios["instances_to_expressions"]["cpu_seconds"] >= TARGET and best["mib"] <= MEMORY_TARGET
    document = {"rows": rows, "rounds": rounds, "figures": figures, "ratios": ratios}
    targets = {"cpu_ratio": TARGET, "mib": MEMORY_TARGET}
    write_results("computed_figures", {**document, "targets": targets, "met": met})
    for name, one in figures.items():
        sys.stdout.write(
            f"{name:12} {one['seconds']:7.3f} s  {one['cpu_seconds']:7.3f} s of processors  {one['mib']:8.1f} MiB\n"
        )
    sys.stdout.write(f"{ratios}\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

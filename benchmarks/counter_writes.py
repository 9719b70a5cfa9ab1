"""What a counter costs the writers: eight of them insert rows of one parent, with and without somebody counting.

"none" counts nothing; "row" adds one to a column of the parent in the same transaction, as `F("count") + 1` does;
"tenfold" is a Counter of the db block. The same table in turns, in another order each round; pgbench makes the
load. Half of the rounds hold each transaction open for 5 ms, as a view that does something else does. The roll-up
that follows each round of "tenfold" is timed apart, and the counter must be exact at the end.

python benchmarks/counter_writes.py [rounds] [seconds]. To results/counter_writes.json.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring.pgbench import judge, run_script
from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

CASES = ("none", "row", "tenfold")
WRITERS = 8
HELD = 5
"""Milliseconds."""
TARGET = 0.85
"""Of the rate without a counter, at least."""
INSERT = (
    "insert into goods_thing (shelf_id, name, count, facts, picture, changed)"
    " values (1, 'cup', 1, '{}', '', now());"
)
ADD = "update goods_shelf set name = (name::int + 1)::text where id = 1;"


def main(rounds: int = 5, seconds: int = 4) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                document = compare(servers, Path(folder), rounds=rounds, seconds=seconds)
        finally:
            servers.stop()
    write_results("counter_writes", {"rounds": rounds, "seconds": seconds, **document})
    for kind in ("short", "held"):
        told = ", ".join(f"{case} {share:.2f}" for case, share in document[kind]["to_none"].items())
        sys.stdout.write(f"{kind} transactions, share of the rate without a counter: {told}\n")
    sys.stdout.write(f"roll-up: {document['rolled_up_per_s']:,} differences/s; the counter is exact\n")
    return 0 if document["met"] else 1


def compare(servers: Servers, folder: Path, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Rates by kind of transaction and case; the first round, in which everything is cold, is not counted."""
    from tests.django_site.goods.models import Shelf

    from django_tenfold.db.counters import Counter
    from django_tenfold.db.counters.upkeep import install_counter, roll_up, verify_counter

    Shelf.objects.create(pk=1, name="0")
    counter = Counter("things_of_shelf", "goods.Thing", by="shelf")
    install_counter(counter, using="default")
    rates: dict[str, dict[str, list[float]]] = {
        kind: {case: [] for case in CASES} for kind in ("short", "held")
    }
    folded, took = 0, 0.0
    for number in range(rounds + 1):
        for kind in rates:
            for case in random.sample(CASES, len(CASES)):
                count_rows(counting=case == "tenfold")
                rate = write(servers, folder, case, held=kind == "held", seconds=seconds)
                if number:
                    rates[kind][case].append(rate)
        install_counter(counter, using="default")  # counts the rows of the other cases
        begun = time.perf_counter()
        folded += roll_up(counter, using="default")
        took += time.perf_counter() - begun
    if verify_counter(counter, using="default"):
        raise SystemExit("the counter is wrong: the figures are worth nothing")
    document = {kind: judge(found) for kind, found in rates.items()}
    met = all(document[kind]["to_none"]["tenfold"] >= TARGET for kind in rates)
    return {"target": TARGET, "met": met, "rolled_up_per_s": round(folded / took), **document}


def count_rows(*, counting: bool) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"alter table goods_thing {'enable' if counting else 'disable'} trigger user")


def write(servers: Servers, folder: Path, case: str, *, held: bool, seconds: int) -> float:
    """Transactions a second of eight writers."""
    pause = [f"\\sleep {HELD} ms"] if held else []
    lines = ["begin;", INSERT, *([ADD] if case == "row" else []), *pause, "commit;"]
    return run_script(servers, folder, lines, writers=WRITERS, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

"""What derived fields cost the writers: rows are inserted with and without columns that triggers keep.

"none" keeps nothing; "copied" fills a column of the row from its parent (CopiedField); "summed" keeps a sum in the
parent's row (AggregatedField); "by hand" adds one to the parent's row in the same transaction, as `F("stars") + 1`
does. One transaction inserts one row. One writer and eight over many parents, and eight of one parent, where whoever
keeps a column of the parent waits for the others. The same table in turns, in another order each round; pgbench makes
the load. Both columns must be right at the end.

python benchmarks/derived_writes.py [rounds] [seconds]. To results/derived_writes.json.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring.pgbench import judge, run_script
from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

CASES = ("none", "copied", "summed", "by hand")
PARENTS = 1_000
KINDS = {"1 writer": (1, PARENTS), "8 writers": (8, PARENTS), "8 writers of one parent": (8, 1)}
"""Writers and parents."""
INSERT = "insert into shop_review (product_id, rating, text, published, spare) values (:parent, 3, 'fine', true, 0);"
BY_HAND = "update shop_product set reviews = reviews + 1 where id = :parent;"


def main(rounds: int = 5, seconds: int = 3) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            with databases({"default": servers.database_entry()}):
                make_tables()
                found = compare(servers, Path(folder), rounds=rounds, seconds=seconds)
        finally:
            servers.stop()
    write_results("derived_writes", {"rounds": rounds, "seconds": seconds, "parents": PARENTS, **found})
    for kind in KINDS:
        told = ", ".join(f"{case} {share:.2f}" for case, share in found[kind]["to_none"].items())
        sys.stdout.write(f"{kind}, share of the rate without: {told}\n")
    return 0


def compare(servers: Servers, folder: Path, *, rounds: int, seconds: int) -> dict[str, Any]:
    """Rates by kind and case; the first round, in which everything is cold, is not counted."""
    from tests.django_site.shop.models import Product

    from django_tenfold.db.derived.fields import AggregatedField, CopiedField
    from django_tenfold.db.derived.upkeep import install_field, repair_field, verify_field

    kept = {
        "copied": CopiedField("shop.Review", "product_name", source="product__name"),
        "summed": AggregatedField(
            "shop.Product", "stars", rows="shop.Review", by="product", take="sum", of="rating"
        ),
    }
    Product.objects.bulk_create(Product(pk=one + 1, name=f"product {one}") for one in range(PARENTS))
    for derived in kept.values():
        install_field(derived, using="default")
    rates: dict[str, dict[str, list[float]]] = {kind: {case: [] for case in CASES} for kind in KINDS}
    for number in range(rounds + 1):
        for kind, (writers, parents) in KINDS.items():
            for case in random.sample(CASES, len(CASES)):
                switch(kept, on=(case,))
                rate = write(servers, folder, case, writers=writers, parents=parents, seconds=seconds)
                if number:
                    rates[kind][case].append(rate)
    switch(kept, on=CASES)
    for derived in kept.values():
        repair_field(derived, using="default")
    write(servers, folder, "summed", writers=8, parents=PARENTS, seconds=seconds)
    if any(verify_field(derived, using="default").wrong for derived in kept.values()):
        raise SystemExit("a derived field is wrong: the figures are worth nothing")
    return {kind: judge(found) for kind, found in rates.items()}


def switch(kept: dict[str, Any], *, on: tuple[str, ...]) -> None:
    """The triggers of the reviews that belong to these cases, and no others; the table is emptied."""
    from django.db import connection

    from django_tenfold.db.derived.triggers import make_triggers

    with connection.cursor() as cursor:
        for case, derived in kept.items():
            for trigger in make_triggers(derived, connection).triggers:
                if trigger.table == "shop_review":
                    way = "enable" if case in on else "disable"
                    cursor.execute(f"alter table shop_review {way} trigger {trigger.name}")
        cursor.execute("truncate shop_review")


def write(
    servers: Servers, folder: Path, case: str, *, writers: int, parents: int, seconds: int
) -> float:  # fmt: skip
    """Transactions a second."""
    lines = [
        f"\\set parent random(1, {parents})",
        "begin;",
        INSERT,
        *([BY_HAND] if case == "by hand" else []),
        "commit;",
    ]
    return run_script(servers, folder, lines, writers=writers, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

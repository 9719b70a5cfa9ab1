"""A list of 1,000 reviews by django-ninja, each with its author and its book: what does one decorator spare?

Whole requests in this process against one PostgreSQL, as serializers.py measures them: `django-ninja, N+1` gives the
plain queryset, `django-ninja` one with `select_related`, `compiled` the plain one under `@compiled_list`, `paged` the
first 1,000 by LimitOffsetPagination in both ways. All answers of a kind must be equal. The figure is processor time
of this process and the database's backend together; ratios are of medians.

python benchmarks/ninja_lists.py [rounds] [answers in a round]. To results/ninja_lists.json.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from measuring.results import write_results
from serializers import MIDDLEWARE, PREPARED, compare, describe, fill, target
from tests.django_site.databases import databases, make_tables
from tests.django_site.servers import Servers

if TYPE_CHECKING:
    from serializers import Cost

TARGET = 5.0
"""Times less processor than django-ninja with select_related, at least."""


def main(rounds: int = 7, answers: int = 10) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            entries = {
                "default": servers.database_entry(OPTIONS=PREPARED),
                "stock": servers.database_entry(),
            }
            with databases(entries):
                lists, pages = measure(servers, rounds=rounds, answers=answers)
        finally:
            servers.stop()
    own, stock = lists["compiled"].total_ms, lists["django-ninja"].total_ms
    targets = [
        target("1,000 rows: django-ninja with select_related takes", stock / own, least=TARGET),
        target(
            "1,000 rows of a page: django-ninja with select_related takes",
            pages["django-ninja, paged"].total_ms / pages["compiled, paged"].total_ms,
            least=TARGET,
        ),
    ]
    document = {"rounds": rounds, "answers": answers, "lists": describe(lists), "pages": describe(pages)}
    write_results("ninja_lists", {**document, "targets": targets})
    tell({**lists, **pages}, targets)
    return 0 if all(one["met"] for one in targets) else 1


def measure(servers: Servers, *, rounds: int, answers: int) -> tuple[dict[str, Cost], dict[str, Cost]]:
    from django.test import override_settings
    from django.utils import timezone
    from serving.ninja_contenders import make_requests

    make_tables()
    fill()
    timezone.activate("UTC")
    urls = "serving.ninja_contenders"
    with (
        psycopg.connect(servers.database_url(), autocommit=True) as raw,
        override_settings(ROOT_URLCONF=urls, MIDDLEWARE=MIDDLEWARE, TIME_ZONE="UTC", USE_TZ=True),
    ):
        lists, pages = make_requests()
        return (
            compare(lists, raw, rounds=rounds, answers=answers),
            compare(pages, raw, rounds=rounds, answers=answers),
        )


def tell(costs: dict[str, Cost], targets: list[dict[str, Any]]) -> None:
    for name, one in costs.items():
        sys.stdout.write(f"{name:24} {one.total_ms:9.3f} ms = {one.process_ms:.3f} + {one.database_ms:.3f}\n")
    for one in targets:
        said = "met" if one["met"] else "NOT met"
        sys.stdout.write(f"{one['name']}: {one['ratio']} (target {one['target']}): {said}\n")


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

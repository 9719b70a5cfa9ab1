"""A list of reviews, each with its author and its book, from PostgreSQL to JSON: who needs how much processor time?

All contenders run in this process against one PostgreSQL, every round in another order; the figure is the median of
the processor's time of one answer, of this process and the database's backend together. Every contender's JSON must
be the same. `rows` and `sql` are a ReadSerializer of the api block, `by hand` is psycopg with a prepared statement
and the same encoder, without Django. The connection of Django prepares its statements too (`server_side_binding`,
`prepare_threshold`); `rows, Django's defaults` has it as Django leaves it.

The lists of 20 are whole WSGI requests without a server: Django with the seven middleware of `startproject`, beside
a bare WSGI function. `prepared` is a ReadSerializer's prepare(), the answer to a question that never changes. The
drop-in is asked the same way, beside the unmodified view: requests a second of one client.

python benchmarks/serializers.py [rounds] [answers in a round]. To results/serializers.json.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers and tables that the tests of the blocks run on

from tests.django_site import fixtures  # noqa: E402, F401  (sets Django up)
from tests.django_site.databases import databases, make_tables  # noqa: E402
from tests.django_site.servers import Servers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Contender = Callable[[], bytes]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""As `startproject` writes them."""
PREPARED = {"server_side_binding": True, "prepare_threshold": 1}
REVIEWS, AUTHORS, BOOKS = 20_000, 500, 1_000
BY_HAND = """
select r.id, r.stars, r.text, a.id, a.name, b.id, b.title, b.price, b.changed, b.sold, b.in_print
from reads_review r join reads_author a on a.id = r.author_id join reads_book b on b.id = r.book_id
order by r.id desc limit {rows}
"""


@dataclass(frozen=True)
class Cost:
    """Of one answer."""

    process_ms: float
    database_ms: float
    wall_ms: float

    @property
    def total_ms(self) -> float:
        return self.process_ms + self.database_ms


def main(rounds: int = 7, answers: int = 20) -> int:
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        servers = Servers(Path(folder))
        servers.start("postgres")
        try:
            entries = {
                "default": servers.database_entry(OPTIONS=PREPARED),
                "stock": servers.database_entry(),
            }
            with databases(entries):
                document = measure(servers, rounds=rounds, answers=answers)
        finally:
            servers.stop()
    write_results("serializers", {"rounds": rounds, "answers": answers, **document})
    tell(document)
    return 0 if all(one["met"] for one in document["targets"]) else 1


def measure(servers: Servers, *, rounds: int, answers: int) -> dict[str, Any]:
    from django.test import override_settings
    from django.utils import timezone
    from serving.serializer_contenders import make_lists, make_requests

    make_tables()
    fill()
    timezone.activate("UTC")
    urls = "serving.serializer_contenders"
    with (
        psycopg.connect(servers.database_url(), autocommit=True) as raw,
        override_settings(ROOT_URLCONF=urls, MIDDLEWARE=MIDDLEWARE, TIME_ZONE="UTC", USE_TZ=True),
    ):
        raw.execute("set timezone to 'UTC'")
        long = compare(make_lists(raw, rows=1_000), raw, rounds=rounds, answers=answers)
        short = compare(make_requests(raw), raw, rounds=rounds, answers=answers * 10)
        views = compare(make_requests(raw, drop_in=True), raw, rounds=rounds, answers=max(answers // 4, 2))
    return {
        "rows_1000": describe(long),
        "rows_20": describe(short),
        "views": describe(views),
        "targets": judge(long, short, views),
    }


def fill() -> None:
    from tests.django_site.reads.models import Author, Book, Review

    when = datetime(2026, 1, 1, 8, 30, tzinfo=UTC)
    Author.objects.bulk_create(Author(name=f"Author number {number}") for number in range(AUTHORS))
    authors = [*Author.objects.all()]
    Book.objects.bulk_create(
        Book(
            title=f"The {number}th book of a long row",
            author=authors[number % AUTHORS],
            price=number,
            changed=when + timedelta(minutes=number, microseconds=number % 2),
        )
        for number in range(BOOKS)
    )
    books = [*Book.objects.all()]
    Review.objects.bulk_create(
        Review(
            book=books[number * 7 % BOOKS],
            author=authors[number * 11 % AUTHORS],
            stars=number % 5,
            text=f"Review {number}: " + "worth every hour. " * 9,
        )
        for number in range(REVIEWS)
    )
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def compare(contenders: dict[str, Contender], raw: Any, *, rounds: int, answers: int) -> dict[str, Cost]:
    """Medians; contenders that say something else end the run."""
    told = {name: json.loads(ask()) for name, ask in contenders.items()}
    first = next(iter(told.values()))
    for name, one in told.items():
        if one != first:
            raise SystemExit(f"{name} answers something else: {str(one)[:300]} beside {str(first)[:300]}")
    for ask in contenders.values():
        spend(ask, 3, raw)
    found: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in random.sample([*contenders], len(contenders)):
            times = max(answers // 10, 1) if "N+1" in name else answers
            found[name].append(spend(contenders[name], times, raw))
    return {
        name: Cost(
            *(
                median(getattr(one, part) for one in costs)
                for part in ("process_ms", "database_ms", "wall_ms")
            )
        )
        for name, costs in found.items()
    }


def spend(ask: Contender, times: int, raw: Any) -> Cost:
    backends = find_backends(raw)
    gc.collect()
    database, process, wall = read_seconds(backends), time.process_time(), time.perf_counter()
    for _ in range(times):
        ask()
    spent = (
        time.process_time() - process,
        read_seconds(backends) - database,
        time.perf_counter() - wall,
    )
    return Cost(*(1_000 * one / times for one in spent))


def find_backends(raw: Any) -> list[int]:
    from django.db import connections

    found = [connections[alias].connection for alias in ("default", "stock")]
    return [raw.info.backend_pid, *(one.info.backend_pid for one in found if one)]


def read_seconds(processes: Iterable[int]) -> float:
    """Processor time, to the nanosecond. https://docs.kernel.org/scheduler/sched-stats.html"""
    return sum(int(Path(f"/proc/{one}/schedstat").read_text().split()[0]) for one in processes) / 1e9


def judge(long: dict[str, Cost], short: dict[str, Cost], views: dict[str, Cost]) -> list[dict[str, Any]]:
    plain, hand = long["REST framework"].total_ms, long["by hand"].total_ms
    bare = short["by hand"].total_ms
    asked = views["REST framework, N+1"].wall_ms / views["drop-in"].wall_ms
    made = []
    for name in ("rows", "sql"):
        own = long[name].total_ms
        made.append(target(f"1,000 rows, {name}: processor beside psycopg by hand", own / hand, most=1.3))
        made.append(
            target(f"1,000 rows, {name}: REST framework with select_related takes", plain / own, least=5)
        )
    for name in ("prepared rows", "prepared sql"):
        ratio = short[name].total_ms / bare
        made.append(target(f"20 rows through Django, {name}: beside bare WSGI by hand", ratio, most=2.5))
    made.append(target("drop-in on a view with N+1, 1,000 rows: requests a second", asked, least=20))
    return made


def target(name: str, ratio: float, *, least: float = 0, most: float = 0) -> dict[str, Any]:
    met = ratio >= least if least else ratio <= most
    return {"name": name, "ratio": round(ratio, 2), "target": least or most, "met": met}


def describe(costs: dict[str, Cost]) -> dict[str, dict[str, float]]:
    return {
        name: {part: round(value, 3) for part, value in asdict(one).items()} for name, one in costs.items()
    }


def tell(document: dict[str, Any]) -> None:
    for kind in ("rows_1000", "rows_20", "views"):
        sys.stdout.write(f"{kind}\n")
        for name, one in document[kind].items():
            total = one["process_ms"] + one["database_ms"]
            sys.stdout.write(
                f"  {name:34} {total:9.3f} ms = {one['process_ms']:.3f} + {one['database_ms']:.3f}\n"
            )
    for one in document["targets"]:
        sys.stdout.write(
            f"{one['name']}: {one['ratio']} (target {one['target']}): {'met' if one['met'] else 'NOT met'}\n"
        )


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

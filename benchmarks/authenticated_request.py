"""What it costs to know who asks: a view behind the stock sessions, cached ones and those of the accounts block.

All contenders are one granian process with one thread, kept database connections and the seven middleware of
`startproject`; the bare one has no middleware and asks nobody. The figure is the processors' time of one request
over application, PostgreSQL and Valkey, the median of interleaved rounds. Statements are what PostgreSQL itself
counts (each is a transaction of its own here); those with which the block follows the change log are in it.

python benchmarks/authenticated_request.py [rounds] [seconds]; needs wrk. To results/authenticated_request.json.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from measuring.results import write_results
from serving.contenders import COMPILED, running, wait_for
from serving.load import LoadError, free_port, parse, require_wrk
from serving.processor import time_spent

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers that the tests of the blocks run on

from tests.django_site.servers import Servers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES = ("bare", "db", "cached_db", "tenfold")
TARGET = 4.0
"""Times the processor's time of the bare view, at most."""
MOST_STATEMENTS = 0.05
"""A request: the followers' own, four a second."""
SETTLES = 1.5
"""Seconds until PostgreSQL has counted: its backends tell at most once a second."""


@dataclass(frozen=True)
class Site:
    """One contender."""

    case: str
    url: str
    cookie: str
    processes: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """One run."""

    rate: float
    microseconds: float
    statements: float


def main(rounds: int = 5, seconds: int = 4) -> int:
    require_wrk()
    with (
        tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        servers = Servers(Path(folder))
        stack.callback(servers.stop)
        servers.start("postgres")
        servers.start("cache")
        sites = [start(case, servers, stack) for case in CASES]
        connection = stack.enter_context(psycopg.connect(servers.database_url(), autocommit=True))
        found = compare(sites, connection, rounds=rounds, seconds=seconds)
    document = judge(found)
    write_results("authenticated_request", {"rounds": rounds, "seconds": seconds, **document})
    for case, told in document["contenders"].items():
        sys.stdout.write(
            f"{case}: {told['us_per_request']} us, {told['to_bare']} x bare, {told['statements']} statements\n"
        )
    return 0 if document["met"] else 1


def start(case: str, servers: Servers, stack: ExitStack) -> Site:
    """A server of its own, and a session that it knows."""
    folder = Path(__file__).parent / "serving"
    environment = {
        **os.environ,
        **COMPILED,
        "CASE": case,
        "DATABASE": json.dumps(servers.database_entry()),
        "CACHE_URL": servers.cache_url,
        "PYTHONPATH": str(ROOT / "src"),
    }
    words = [sys.executable, "signed_in.py"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"{case}: {done.stderr[-1000:]}")
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "1", "--no-ws", "--log-level", "error", "signed_in:application"]
    process = stack.enter_context(running(command, folder=folder, environment=environment))
    wait_for(port, process)
    running_servers = (one.pid for one in servers.driver.running.values())
    return Site(
        case, f"http://127.0.0.1:{port}/", f"sessionid={done.stdout}", (process.pid, *running_servers)
    )


def compare(
    sites: list[Site], connection: psycopg.Connection[Any], *, rounds: int, seconds: int
) -> dict[str, list[Measured]]:
    """Each round every one once, in another order; the first, in which everything is cold, is not counted."""
    found: dict[str, list[Measured]] = {one.case: [] for one in sites}
    for one in sites:
        measure(one, connection, seconds=1)
    for _ in range(rounds):
        for one in random.sample(sites, len(sites)):
            found[one.case].append(measure(one, connection, seconds=seconds))
    return found


def measure(site: Site, connection: psycopg.Connection[Any], *, seconds: int) -> Measured:
    """Raises LoadError for any answer but 2xx with the user's name."""
    refuse_others(site)
    words = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "-H", f"Cookie: {site.cookie}", site.url]
    said: list[str] = []

    def load() -> None:
        said.append(subprocess.run(words, capture_output=True, text=True, check=True).stdout)

    before = count_transactions(connection)
    spent = time_spent(site.processes, load)
    run = parse(said[0])
    statements = (count_transactions(connection) - before) / run.requests
    refuse_others(site)
    return Measured(run.rate, spent / run.requests * 1e6, statements)


def refuse_others(site: Site) -> None:
    import urllib.request

    request = urllib.request.Request(site.url, headers={"Cookie": site.cookie})
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    if body != b"ann":
        raise LoadError(f"{site.case} answers {body[:100]!r}")


def count_transactions(connection: psycopg.Connection[Any]) -> int:
    time.sleep(SETTLES)
    row = connection.execute(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])


def judge(found: Mapping[str, list[Measured]]) -> dict[str, Any]:
    """Medians, the ratios of one round each, and whether the target is met."""
    bare = [one.microseconds for one in found["bare"]]
    contenders = {
        case: {
            "requests_per_s": round(median(one.rate for one in runs)),
            "us_per_request": round(median(one.microseconds for one in runs)),
            "to_bare": round(
                median(one.microseconds / base for one, base in zip(runs, bare, strict=True)), 2
            ),
            "statements": round(median(one.statements for one in runs), 3),
        }
        for case, runs in found.items()
    }
    ours = contenders["tenfold"]
    met = ours["to_bare"] <= TARGET and ours["statements"] <= MOST_STATEMENTS
    return {
        "target": {"to_bare": TARGET, "statements": MOST_STATEMENTS},
        "met": met,
        "contenders": contenders,
    }


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

"""What a hit of the view cache costs beside the view it stands for: 20 reviews by Django REST framework.

All contenders are one granian process with one thread, kept database connections and the seven middleware of
`startproject`. The view selects 20 reviews with book and author in one query and serialises all three. `decorator` is
`cache_view` alone, `tenfold` with the block's middleware before the others, `cache_page` Django's own, which a
change does not take back (that one does, tests/live/blocks/test_cache_torture.py shows). The
figure is the processors' time of one request over application, PostgreSQL and Valkey; ratios are of one round.

python benchmarks/view_cache.py [rounds] [seconds]; needs wrk. To results/view_cache.json.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from measuring.results import write_results
from serving.contenders import COMPILED, running, wait_for
from serving.load import LoadError, free_port, parse, require_wrk
from serving.processor import time_spent

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the servers that the tests of the blocks run on

from tests.django_site.servers import Servers  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES = ("drf", "cache_page", "decorator", "tenfold")
TARGET = 25.0
"""Times the requests that the same processors' time answers, at least, of `tenfold` to `drf`."""
ROWS = 20


@dataclass(frozen=True)
class Site:
    """One contender."""

    case: str
    url: str
    processes: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """Requests per second, and microseconds of processor time of one."""

    rate: float
    microseconds: float


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
        found = compare(sites, rounds=rounds, seconds=seconds)
    document = judge(found)
    write_results("view_cache", {"rounds": rounds, "seconds": seconds, **document})
    for case, told in document["contenders"].items():
        sys.stdout.write(
            f"{case}: {told['us_per_request']} us, {told['requests_per_s']} a second,"
            f" {told['times_drf']} x drf\n"
        )
    sys.stdout.write(
        f"target: tenfold at least {TARGET:g} x drf: {'met' if document['met'] else 'not met'}\n"
    )
    return 0 if document["met"] else 1


def start(case: str, servers: Servers, stack: ExitStack) -> Site:
    """A server of its own."""
    folder = Path(__file__).parent / "serving"
    environment = {
        **os.environ,
        **COMPILED,
        "CASE": case,
        "DATABASE": json.dumps(servers.database_entry()),
        "CACHE_URL": servers.cache_url,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    words = [sys.executable, "cached_pages.py"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"{case}: {done.stderr[-1000:]}")
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "1", "--no-ws", "--log-level", "error", "cached_pages:application"]
    process = stack.enter_context(running(command, folder=folder, environment=environment))
    wait_for(port, process)
    running_servers = (one.pid for one in servers.driver.running.values())
    return Site(case, f"http://127.0.0.1:{port}/", (process.pid, *running_servers))


def compare(sites: list[Site], *, rounds: int, seconds: int) -> dict[str, list[Measured]]:
    """Each round every one once, in another order; the first, in which everything is cold, is not counted."""
    found: dict[str, list[Measured]] = {one.case: [] for one in sites}
    for one in sites:
        measure(one, seconds=1)
    for _ in range(rounds):
        for one in random.sample(sites, len(sites)):
            found[one.case].append(measure(one, seconds=seconds))
    return found


def measure(site: Site, *, seconds: int) -> Measured:
    """Raises LoadError for any answer but 2xx with all rows."""
    refuse_others(site)
    words = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", site.url]
    said: list[str] = []

    def load() -> None:
        said.append(subprocess.run(words, capture_output=True, text=True, check=True).stdout)

    spent = time_spent(site.processes, load)
    run = parse(said[0])
    refuse_others(site)
    return Measured(run.rate, spent / run.requests * 1e6)


def refuse_others(site: Site) -> None:
    with urllib.request.urlopen(site.url) as answer:
        rows = json.loads(answer.read())
    if len(rows) != ROWS or not rows[3]["book"]["author"]["name"]:
        raise LoadError(f"{site.case} answers {str(rows)[:100]!r}")


def judge(found: Mapping[str, list[Measured]]) -> dict[str, Any]:
    """Medians, the ratios of one round each, and whether the target is met."""
    plain = [one.microseconds for one in found["drf"]]
    contenders = {
        case: {
            "requests_per_s": round(median(one.rate for one in runs)),
            "us_per_request": round(median(one.microseconds for one in runs)),
            "times_drf": round(
                median(base / one.microseconds for one, base in zip(runs, plain, strict=True)), 1
            ),
        }
        for case, runs in found.items()
    }
    met = contenders["tenfold"]["times_drf"] >= TARGET
    return {"target": {"times_drf": TARGET}, "met": met, "contenders": contenders}


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

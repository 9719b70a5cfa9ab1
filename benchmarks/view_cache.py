"""What a hit of the view cache costs beside the view it stands for: 20 reviews by Django REST framework.

Each contender is one process of a server as `tenfold up` runs it (granian and uvicorn with its access log), with kept
database connections (a pool under ASGI) and the seven middleware of `startproject`. The view selects 20 reviews with
book and author in one query and serialises all three. `tenfold` answers before Django (`answer_cached_pages`),
`middleware` before the other middleware, `decorator` is `cache_view` alone, `cache_page` Django's own, which a change
does not take back (the others it does, tests/live/blocks/test_cache_torture.py shows). The figure is the processors'
time of one request over application, PostgreSQL and Valkey; ratios are of one round, to the same view on the same
server. The target is judged on the server that `tenfold up` takes for a project that names none.

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

CONTENDERS = (
    ("granian", "drf"),
    ("granian", "cache_page"),
    ("granian", "decorator"),
    ("granian", "middleware"),
    ("granian", "tenfold"),
    ("gunicorn", "drf"),
    ("gunicorn", "tenfold"),
    ("uvicorn", "drf"),
    ("uvicorn", "tenfold"),
)
"""The server that `tenfold up` takes for a project that names none, for one that names gunicorn, for ASGI."""
JUDGED = "granian"
TARGET = 25.0
"""Times the requests that the same processors' time answers, at least, of `tenfold` to `drf`."""
ROWS = 20
SERVING = ROOT / "src/tenfold/stack/services/app/files/tenfold_serving.py"
"""Between server and application where `tenfold up` puts it: the access log."""
SERVERS = {
    "granian": [
        *("granian", "--interface", "wsgi", "--port", "{port}", "--workers", "1", "--blocking-threads", "1"),
        *("--no-ws", "--log-level", "error", f"{SERVING}:wsgi"),
    ],
    "gunicorn": [
        *("gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "2"),
        *("--bind", "127.0.0.1:{port}", "cached_pages:application"),
    ],
    "uvicorn": [
        *("uvicorn", "--port", "{port}", "--interface", "asgi3", "--log-level", "error"),
        *("--no-access-log", "tenfold_serving:asgi"),
    ],
}


@dataclass(frozen=True)
class Site:
    """One contender."""

    server: str
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
        sites = [start(server, case, servers, stack=stack) for server, case in CONTENDERS]
        found = compare(sites, rounds=rounds, seconds=seconds)
    document = judge(found)
    write_results("view_cache", {"rounds": rounds, "seconds": seconds, **document})
    for server, cases in {JUDGED: document["contenders"], **document["servers"]}.items():
        for case, told in cases.items():
            sys.stdout.write(
                f"{server} {case}: {told['us_per_request']} us, {told['requests_per_s']} a second,"
                f" {told['times_drf']} x drf\n"
            )
    sys.stdout.write(
        f"target: tenfold at least {TARGET:g} x drf: {'met' if document['met'] else 'not met'}\n"
    )
    return 0 if document["met"] else 1


def start(server: str, case: str, servers: Servers, *, stack: ExitStack) -> Site:
    """A server of its own."""
    folder = Path(__file__).parent / "serving"
    environment = {
        **os.environ,
        **COMPILED,
        "CASE": case,
        "INTERFACE": "asgi" if server == "uvicorn" else "wsgi",
        "TENFOLD_SERVES": "cached_pages:application",
        "DATABASE": json.dumps(servers.database_entry()),
        "CACHE_URL": servers.cache_url,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT, SERVING.parent))),
    }
    words = [sys.executable, "cached_pages.py"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"{case}: {done.stderr[-1000:]}")
    port = free_port()
    command = [sys.executable, "-m", *(word.replace("{port}", str(port)) for word in SERVERS[server])]
    process = stack.enter_context(running(command, folder=folder, environment=environment))
    wait_for(port, process)
    running_servers = (one.pid for one in servers.driver.running.values())
    return Site(server, case, f"http://127.0.0.1:{port}/", (process.pid, *running_servers))


def compare(sites: list[Site], *, rounds: int, seconds: int) -> dict[tuple[str, str], list[Measured]]:
    """Each round every one once, in another order; the first, in which everything is cold, is not counted."""
    found: dict[tuple[str, str], list[Measured]] = {(one.server, one.case): [] for one in sites}
    for one in sites:
        measure(one, seconds=1)
    for _ in range(rounds):
        for one in random.sample(sites, len(sites)):
            found[one.server, one.case].append(measure(one, seconds=seconds))
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


def judge(found: Mapping[tuple[str, str], list[Measured]]) -> dict[str, Any]:
    """Medians, the ratios of one round and one server each, and whether the target is met."""
    told: dict[str, dict[str, Any]] = {server: {} for server in SERVERS}
    for (server, case), runs in found.items():
        plain = [one.microseconds for one in found[server, "drf"]]
        told[server][case] = {
            "requests_per_s": round(median(one.rate for one in runs)),
            "us_per_request": round(median(one.microseconds for one in runs)),
            "times_drf": round(
                median(base / one.microseconds for one, base in zip(runs, plain, strict=True)), 1
            ),
        }
    contenders = told.pop(JUDGED)
    met = contenders["tenfold"]["times_drf"] >= TARGET
    return {
        "target": {"times_drf": TARGET, "server": JUDGED},
        "met": met,
        "contenders": contenders,
        "servers": told,
    }


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

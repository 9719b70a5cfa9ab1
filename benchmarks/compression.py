"""What it costs to compress an answer of 100 KB: Django's GZipMiddleware and the api block's, beside none.

Each contender is one process of granian with one thread, Django's seven middleware and a page that is made already.
`fresh` is another body each time, `same` the same bytes for everyone. Clients accept gzip alone, or zstd too as
browsers do. The figure is the processor's time of one request in the server; ratios are of one round, to `none` with
the same page. The answers of all contenders unpack to the same page.

python benchmarks/compression.py [rounds] [seconds]; needs wrk, granian, zstandard, isal. To results/compression.json.
"""

from __future__ import annotations

import gzip
import http.client
import os
import random
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import zstandard
from measuring.results import write_results
from serving.contenders import COMPILED, running, wait_for
from serving.load import LoadError, free_port, parse, require_wrk
from serving.processor import time_spent

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]
BROWSER, OLD = "gzip, deflate, br, zstd", "gzip"
CONTENDERS = {
    "none": ("none", OLD),
    "django gzip": ("django", OLD),
    "tenfold gzip": ("tenfold", OLD),
    "tenfold zstd": ("tenfold", BROWSER),
}
"""By name: what compresses, and what the client accepts."""
PAGES = ("fresh", "same")
FRESH_TARGET, SAME_TARGET, RATIO_TARGET = 2.0, 1.1, 4.0
"""Times the processor of `none` at most, at a body of at most a quarter."""
JUDGED = "tenfold zstd"
SERVER = [
    *("granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws"),
    *("--log-level", "error", "compressed_pages:application", "--port"),
]


@dataclass(frozen=True)
class Site:
    """One server."""

    port: int
    process: int


def main(rounds: int = 5, seconds: int = 3) -> int:
    require_wrk()
    with ExitStack() as stack:
        sites = {case: start(case, stack) for case in ("none", "django", "tenfold")}
        sizes = {page: check_bodies(sites, page) for page in PAGES}
        found = {page: compare(sites, page, rounds=rounds, seconds=seconds) for page in PAGES}
    told = {page: describe(found[page], sizes[page]) for page in PAGES}
    met = {
        "fresh": told["fresh"][JUDGED]["times_none"] <= FRESH_TARGET,
        "same": told["same"][JUDGED]["times_none"] <= SAME_TARGET,
        "ratio": told["fresh"][JUDGED]["ratio"] >= RATIO_TARGET,
    }
    targets = {"fresh": FRESH_TARGET, "same": SAME_TARGET, "ratio": RATIO_TARGET, "of": JUDGED}
    write_results(
        "compression", {"rounds": rounds, "seconds": seconds, "targets": targets, "met": met, **told}
    )
    for page, cases in told.items():
        for name, one in cases.items():
            sys.stdout.write(
                f"{page} {name}: {one['us_per_request']} us, {one['times_none']} x none, {one['ratio']} smaller\n"
            )
    sys.stdout.write(f"met: {met}\n")
    return 0 if all(met.values()) else 1


def start(case: str, stack: ExitStack) -> Site:
    environment = {**os.environ, **COMPILED, "CASE": case, "PYTHONPATH": str(ROOT / "src")}
    port = free_port()
    command = [sys.executable, "-m", *SERVER, str(port)]
    folder = Path(__file__).parent / "serving"
    process = stack.enter_context(running(command, folder=folder, environment=environment))
    wait_for(port, process)
    return Site(port, process.pid)


def fetch(site: Site, page: str, accepted: str) -> tuple[str, bytes]:
    """Content-Encoding and body. Raises LoadError for any answer but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request("GET", f"/{page}/", headers={"Accept-Encoding": accepted})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise LoadError(f"{page} answered {answer.status}")
    return answer.headers.get("Content-Encoding", ""), body


def check_bodies(sites: Mapping[str, Site], page: str) -> dict[str, float]:
    """How many times smaller each contender's body is. Raises LoadError when one unpacks to something else."""
    plain = fetch(sites["none"], page, OLD)[1]
    found = {}
    for name, (case, accepted) in CONTENDERS.items():
        encoding, body = fetch(sites[case], page, accepted)
        if encoding != name.partition(" ")[2]:
            raise LoadError(f"{name} answers with {encoding!r}")
        whole = unpack(encoding, body)
        if len(whole) != len(plain) or whole[-90_000:] != plain[-90_000:]:
            raise LoadError(f"{name} answers another page")
        found[name] = len(whole) / len(body)
    return found


def unpack(encoding: str, body: bytes) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if encoding else body


def compare(sites: Mapping[str, Site], page: str, *, rounds: int, seconds: int) -> dict[str, list[float]]:
    """Microseconds of a request; each round every one once, in another order, after a first one that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for number in range(rounds + 1):
        for name in random.sample([*CONTENDERS], len(CONTENDERS)):
            spent = measure(sites, name, page, seconds=seconds if number else 1)
            if number:
                found[name].append(spent)
    return found


def measure(sites: Mapping[str, Site], name: str, page: str, *, seconds: int) -> float:
    case, accepted = CONTENDERS[name]
    site = sites[case]
    words = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", "-H", f"Accept-Encoding: {accepted}"]
    said: list[str] = []

    def load() -> None:
        address = f"http://127.0.0.1:{site.port}/{page}/"
        said.append(subprocess.run([*words, address], capture_output=True, text=True, check=True).stdout)

    spent = time_spent((site.process,), load)
    return spent / parse(said[0]).requests * 1e6


def describe(found: Mapping[str, list[float]], sizes: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "us_per_request": round(median(runs)),
            "times_none": round(median(one / base for one, base in zip(runs, found["none"], strict=True)), 2),
            "ratio": round(sizes[name], 2),
        }
        for name, runs in found.items()
    }


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))

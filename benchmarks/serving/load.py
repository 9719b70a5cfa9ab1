"""One run of wrk against one address, refused when any answer is not the expected one."""

from __future__ import annotations

import http.client
import random
import re
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = range(20_000, 32_000)
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s|m)")
_TOTAL = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


class LoadError(Exception):
    """A run that measured something else than it should."""


@dataclass(frozen=True)
class Run:
    """What one run gave: requests a second, milliseconds at the 99th percentile, requests in all."""

    rate: float
    p99: float
    requests: int


def require_wrk() -> None:
    """Raises LoadError where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise LoadError("wrk is not installed: apt-get install wrk")


def is_taken(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """One that nothing listens on, below those that the kernel gives to clients: a client's own port there
    answers itself."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LoadError("no port is free")


def fetch(url: str) -> bytes:
    """The body of one page. Raises LoadError for any answer but 200."""
    parts = urlsplit(url)
    context = ssl._create_unverified_context()  # the certificate was made on this machine
    connection = (
        http.client.HTTPSConnection(parts.netloc, context=context, timeout=30)
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.netloc, timeout=30)
    )
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise LoadError(f"{url} answered {answer.status}")
    return body


def run_wrk(url: str, *, expected: bytes | None, connections: int = 32, seconds: int = 4) -> Run:
    """wrk with one thread; the page has the body `expected` before and after.

    With None nothing has to be answered, for servers that are expected to hang. Raises LoadError for another
    body and for any answer that is not 2xx.
    """
    _compare(url, expected)
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s", url]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadError(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
    _compare(url, expected)
    return parse(done.stdout)


def _compare(url: str, expected: bytes | None) -> None:
    if expected is not None and fetch(url) != expected:
        raise LoadError(f"{url} answers another body than the first contender")


def parse(said: str) -> Run:
    """wrk's report. Raises LoadError for failed requests and for a report of another form."""
    if bad := _BAD.search(said):
        raise LoadError(f"wrk: {bad[0]}")
    rate, p99, total = _RATE.search(said), _P99.search(said), _TOTAL.search(said)
    if rate is None or p99 is None or total is None:
        raise LoadError(f"wrk said nothing that can be read: {said[-300:]}")
    return Run(float(rate[1]), float(p99[1]) * _UNITS[p99[2]], int(total[1]))

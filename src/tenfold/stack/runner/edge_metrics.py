"""`python -m tenfold.stack.runner.edge_metrics`: requests by status and their times out of the edge's access
log, for Prometheus. The free nginx counts neither."""

from __future__ import annotations

import argparse
import json
import time
from bisect import bisect_left
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; those of Prometheus' own clients, and a timeout's.
https://github.com/prometheus/client_python/blob/master/prometheus_client/metrics.py"""
AT_ONCE = 4 * 1024 * 1024
"""Bytes of the log read in one go: some 12,000 requests."""
PAUSE = 1.0
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Figures:
    """What was counted. One thread counts; another one reads whole numbers."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, str]] = Counter()
        """By method, status, cache status."""
        self.times = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.bytes = 0

    def count(self, lines: Iterable[bytes]) -> None:
        """Add the requests of whole log lines; a spoilt one is counted as such."""
        for line in lines:
            try:
                entry = json.loads(line)
                method = entry["method"] if entry["method"] in METHODS else "other"
                self.seconds += entry["seconds"]
                self.times[bisect_left(BUCKETS, entry["seconds"])] += 1
                self.bytes += entry["bytes"]
                self.requests[method, str(entry["status"]), entry["cache"]] += 1
            except (ValueError, KeyError, TypeError):
                self.requests["other", "unreadable", ""] += 1

    def render(self, certificate_end: float | None) -> str:
        """The text that Prometheus reads.
        https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"""
        lines = ["# TYPE edge_requests_total counter"]
        for (method, status, cache), number in sorted(self.requests.copy().items()):
            lines.append(
                f'edge_requests_total{{method="{method}",status="{status}",cache="{cache}"}} {number}'
            )
        lines.append("# TYPE edge_request_seconds histogram")
        total = 0
        for limit, number in zip((*BUCKETS, "+Inf"), self.times.copy(), strict=True):
            total += number
            lines.append(f'edge_request_seconds_bucket{{le="{limit}"}} {total}')
        lines += [f"edge_request_seconds_sum {self.seconds:.3f}", f"edge_request_seconds_count {total}"]
        lines += ["# TYPE edge_sent_bytes_total counter", f"edge_sent_bytes_total {self.bytes}"]
        if certificate_end is not None:
            lines += [
                "# TYPE edge_certificate_end_seconds gauge",
                f"edge_certificate_end_seconds {certificate_end:.0f}",
            ]
        return "\n".join(lines) + "\n"


class LogReader:
    """The lines that a log gained since it was last asked, also after it was replaced or emptied."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._offset = 0

    def skip(self) -> None:
        """Begin at the end of what is there."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return
        self._inode, self._offset = found.st_ino, found.st_size

    def read(self) -> list[bytes]:
        """Whole lines only; the beginning of one waits for its end."""
        try:
            with self._path.open("rb") as file:
                found = self._path.stat()
                if found.st_ino != self._inode or found.st_size < self._offset:
                    self._inode, self._offset = found.st_ino, 0
                file.seek(self._offset)
                content = file.read(AT_ONCE)
        except FileNotFoundError:
            return []
        whole, found_end, _ = content.rpartition(b"\n")
        self._offset += len(whole) + len(found_end)
        return whole.split(b"\n") if found_end else []


def read_certificate_end(path: Path) -> float | None:
    """Unix time of the certificate's end, None when it cannot be told."""
    try:
        from cryptography import x509

        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError, ImportError):
        return None


def serve(port: int, figures: Figures, certificate: Path) -> ThreadingHTTPServer:
    """A server of /metrics on the loopback address, not yet running."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = figures.render(read_certificate_end(certificate)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """A scrape every few seconds is no news."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; runs until it is killed."""
    parser = argparse.ArgumentParser(prog="edge_metrics", description=__doc__)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args(arguments)
    figures, log = Figures(), LogReader(asked.log)
    log.skip()
    Thread(target=serve(asked.port, figures, asked.certificate).serve_forever, daemon=True).start()
    while True:
        lines = log.read()
        figures.count(lines)
        if not lines:
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()

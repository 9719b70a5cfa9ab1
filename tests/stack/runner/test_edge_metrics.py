from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tenfold.stack.runner.certificates import keep_certificate
from tenfold.stack.runner.edge_metrics import Figures, LogReader, read_certificate_end

if TYPE_CHECKING:
    from pathlib import Path


def line(**changes: object) -> bytes:
    entry = {"method": "GET", "status": 200, "seconds": 0.02, "bytes": 100, "cache": "MISS", **changes}
    return json.dumps(entry).encode()


def rendered(*lines: bytes) -> str:
    figures = Figures()
    figures.count(lines)
    return figures.render(None)


def test_requests_are_counted_by_method_status_and_cache() -> None:
    text = rendered(line(), line(), line(method="POST", status=500, cache=""))
    assert 'edge_requests_total{method="GET",status="200",cache="MISS"} 2' in text
    assert 'edge_requests_total{method="POST",status="500",cache=""} 1' in text


def test_each_time_stands_in_every_bucket_above_it() -> None:
    text = rendered(line(seconds=0.005), line(seconds=0.006), line(seconds=99.0))
    assert 'edge_request_seconds_bucket{le="0.005"} 1' in text
    assert 'edge_request_seconds_bucket{le="0.01"} 2' in text
    assert 'edge_request_seconds_bucket{le="30.0"} 2' in text
    assert 'edge_request_seconds_bucket{le="+Inf"} 3' in text
    assert "edge_request_seconds_count 3" in text


def test_clients_cannot_invent_series() -> None:
    assert 'method="other"' in rendered(line(method='X"} 1\nevil'))


def test_a_spoilt_line_is_counted_and_not_fatal() -> None:
    assert 'status="unreadable"' in rendered(b"not json", b'{"status": 1}', b"[]")


def test_the_text_is_what_prometheus_reads() -> None:
    known = re.compile(r'(?:# TYPE \w+ \w+|\w+(?:\{(?:\w+="[^"\\\n]*",?)+\})? [0-9.e+-]+)')
    assert [one for one in rendered(line(), b"x").splitlines() if not known.fullmatch(one)] == []


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    reader = LogReader(log)
    assert reader.read() == []
    log.write_bytes(b"one\ntw")
    assert reader.read() == [b"one"]
    with log.open("ab") as file:
        file.write(b"o\n")
    assert reader.read() == [b"two"]
    assert reader.read() == []


def test_a_log_that_was_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"one\ntwo\n")
    reader = LogReader(log)
    reader.skip()
    assert reader.read() == []
    log.write_bytes(b"new\n")
    assert reader.read() == [b"new"]


def test_the_certificates_end_is_told(tmp_path: Path) -> None:
    made = keep_certificate(tmp_path, ["localhost"])
    assert read_certificate_end(made.certificate) == made.until.timestamp()
    assert read_certificate_end(tmp_path / "absent.pem") is None

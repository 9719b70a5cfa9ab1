from __future__ import annotations

import socket

import pytest

REPORT = """Running 2s test @ https://localhost:24000/one/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    18.73ms   15.22ms 123.06ms   86.24%
    Req/Sec     1.88k   230.11     2.20k    75.00%
  Latency Distribution
     50%   14.00ms
     99%    1.25s
  3741 requests in 2.00s, 1.60MB read
{extra}Requests/sec:   1866.42
Transfer/sec:    817.98KB
"""


def test_wrk_report_gives_rate_p99_and_requests() -> None:
    from serving.load import Run, parse

    assert parse(REPORT.format(extra="")) == Run(rate=1866.42, p99=1250.0, requests=3741)


@pytest.mark.parametrize(
    "extra", ["  Non-2xx or 3xx responses: 12\n", "  Socket errors: connect 0, read 3, write 0, timeout 1\n"]
)
def test_failed_requests_void_the_whole_run(extra: str) -> None:
    from serving.load import LoadError, parse

    with pytest.raises(LoadError, match=extra.strip().split(":")[0]):
        parse(REPORT.format(extra=extra))


def test_words_that_are_no_report_are_refused() -> None:
    from serving.load import LoadError, parse

    with pytest.raises(LoadError, match="nothing that can be read"):
        parse("unable to connect")


def test_free_port_is_one_that_nothing_listens_on() -> None:
    from serving.load import PORTS, free_port, is_taken

    found = free_port()
    assert found in PORTS
    with socket.socket() as one:
        one.bind(("127.0.0.1", found))
        one.listen()
        assert is_taken(found)

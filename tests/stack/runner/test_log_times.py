from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tenfold.stack.runner.log_times import order_lines, read_stamp

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "after_noon", "zoned"),
    [
        ("2026-11-21 12:00:01.250 UTC [812] LOG:  database system is ready", 1.25, True),
        ('{"time":"2026-11-21T14:00:01+02:00","status":200}', 1, True),
        ('{"time": "2026-11-21T12:00:01Z"}', 1, True),
        ("[2026-11-21 12:00:01,500: INFO/MainProcess] celery ready.", 1.5, False),
        ("2026/11/21 12:00:01 [error] 99#99: *1 connect() failed", 1, False),
        ('127.0.0.1 - - [21/Nov/2026:11:30:01 -0030] "GET / HTTP/1.1" 200 5', 1, True),
        ("812:M 21 Nov 2026 12:00:01.250 * Ready to accept connections tcp", 1.25, False),
        ("[2026-11-21 12:00:01 +0000] [7] [INFO] Booting worker", 1, True),
    ],
)
def test_the_time_is_read_as_each_server_writes_it(line: str, after_noon: float, zoned: bool) -> None:
    stamp = read_stamp(line)
    assert stamp is not None
    assert stamp.seconds == pytest.approx(NOON + after_noon)
    assert stamp.zoned is zoned


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        "",
        "2026-13-41 12:00:00 UTC",
        "21 Foo 2026 12:00:00",
        "2026-11-21",
    ],
)
def test_a_line_without_a_time_has_no_stamp(line: str) -> None:
    assert read_stamp(line) is None


def test_a_time_far_inside_a_line_is_not_the_lines_own() -> None:
    assert read_stamp("x" * 500 + "2026-11-21 12:00:01 UTC") is None


def test_a_traceback_stays_with_the_line_before_it() -> None:
    lines = ["2026-11-21 12:00:05 UTC ERROR", "Traceback:", "  File", "2026-11-21 12:00:06 UTC next"]
    ordered = order_lines(lines, changed=NOON + 6)
    assert [when - NOON for when, _ in ordered] == [5, 5, 5, 6]
    assert [line for _, line in ordered] == lines


def test_lines_before_the_first_time_go_with_it() -> None:
    ordered = order_lines(["starting", "2026-11-21 12:00:05 UTC up"], changed=NOON + 50)
    assert [when - NOON for when, _ in ordered] == [5, 5]


def test_a_file_without_times_counts_as_of_its_last_change() -> None:
    assert order_lines(["Applying auth.0001", "OK"], changed=NOON) == [
        (NOON, "Applying auth.0001"),
        (NOON, "OK"),
    ]


@pytest.mark.parametrize("hours", [-8, 0, 5.5])
def test_a_clock_of_another_zone_is_set_right_by_the_files_change(hours: float) -> None:
    wall = datetime.fromtimestamp(NOON + hours * 3600, UTC)
    ordered = order_lines([f"[{wall:%Y-%m-%d %H:%M:%S},000: INFO] ready", "more"], changed=NOON + 70)
    assert [when for when, _ in ordered] == [NOON, NOON]


def test_times_never_run_backwards_within_a_file() -> None:
    lines = [f"2026-11-21 12:00:{second:02} UTC" for second in (5, 3, 7)]
    assert [when - NOON for when, _ in order_lines(lines, changed=NOON + 7)] == [5, 5, 7]

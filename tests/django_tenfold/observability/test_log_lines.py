from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from django_tenfold.observability.log_lines import JsonFormatter, LineFormatter, RequestIdFilter
from django_tenfold.observability.record import Record, current


def make_record(message: Any = "paid", *args: Any, **extra: Any) -> logging.LogRecord:
    logger = logging.getLogger("shop.orders")
    return logger.makeRecord(logger.name, logging.INFO, "orders.py", 7, message, args, None, extra=extra)


def lines_of(record: logging.LogRecord) -> dict[str, Any]:
    """Exactly one line of printable ASCII, read back."""
    line = JsonFormatter().format(record)
    assert line.isascii()
    assert line.isprintable()
    read = json.loads(line, parse_constant=pytest.fail)
    assert isinstance(read, dict)
    return read


def test_a_line_holds_time_level_logger_and_message() -> None:
    record = make_record("paid %s by %s", 12, "ann")
    line = lines_of(record)
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "shop.orders", "paid 12 by ann")
    assert line["process"] == record.process
    time = datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(time.timestamp() - record.created) < 0.0011


def test_each_line_tells_its_own_second() -> None:
    formatter, record = JsonFormatter(), make_record()
    seen = []
    for created in (0.25, 1.5, 0.25):
        record.created, record.msecs = created, created % 1 * 1000
        seen.append(json.loads(formatter.format(record))["time"])
    assert seen == ["1970-01-01T00:00:00.250Z", "1970-01-01T00:00:01.500Z", "1970-01-01T00:00:00.250Z"]


@pytest.mark.parametrize(
    "forged",
    [
        'x\n{"level":"ERROR"}',
        "x\r\ny",
        "x\x1b[2Jy",
        "x\u2028y",
        "x\x85y",
        "x\x00y",
        '","level":"ERROR',
        "\ud800",
    ],
)
def test_no_text_from_outside_begins_a_line_or_leaves_its_field(forged: str) -> None:
    line = lines_of(make_record(forged, field=forged, **{forged: 1}))
    assert (line["level"], line["message"], line["field"], line[forged]) == ("INFO", forged, forged, 1)


def test_extra_fields_keep_their_kinds() -> None:
    given = {"count": 3, "share": 0.5, "paid": True, "nothing": None, "rows": [1, "a"], "of": {"a": {"b": 1}}}
    line = lines_of(make_record(**given))
    assert {key: line[key] for key in given} == given


@pytest.mark.parametrize(
    "name",
    ["password", "access_token", "Authorization", "cookie", "api_key", "apikey", "client_secret", "csrf"],
)
def test_what_is_named_secret_is_masked_at_any_depth(name: str) -> None:
    line = lines_of(make_record(**{name: "hunter2"}, headers={"list": [{name: "hunter2"}]}))
    assert "hunter2" not in json.dumps(line)
    assert line[name] == line["headers"]["list"][0][name] == "[masked]"


@pytest.mark.parametrize("name", ["compass", "author", "passed", "spinner", "tokyo", "bypass_reason"])
def test_what_only_sounds_secret_is_shown(name: str) -> None:
    assert lines_of(make_record(**{name: "shown"}))[name] == "shown"


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_odd_objects_do_not_lose_the_line() -> None:
    around: list[Any] = []
    around.append(around)
    line = lines_of(
        make_record(
            Odd(),
            odd=Odd(),
            nested=[Odd()],
            nan=float("nan"),
            inf=[float("inf")],
            around=around,
            raw=b"\xff",
            keys={1: 2},
        )
    )
    assert line["odd"] == "<Odd: RuntimeError while shown>"
    assert line["nested"] == ["<Odd: RuntimeError while shown>"]
    assert (line["nan"], line["inf"], line["keys"]) == ("nan", ["inf"], {"1": 2})


def test_a_message_whose_arguments_do_not_fit_is_still_written() -> None:
    assert lines_of(make_record("%d items", "many"))["message"].startswith("%d items ('many',) (TypeError")


def test_an_endless_message_is_cut() -> None:
    assert len(JsonFormatter().format(make_record("x" * 1_000_000))) < 40_000


def test_an_exception_is_fields_of_the_same_line() -> None:
    record = make_record("failed")
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = lines_of(record)
    assert (line["exception"], line["exception_message"]) == ("ValueError", "first\nsecond")
    assert "test_log_lines.py" in line["traceback"]


def test_an_exception_without_a_text_is_told_as_such() -> None:
    class Broken(Exception):
        __str__ = Odd.__str__

    record = make_record("failed")
    try:
        raise Broken
    except Broken:
        record.exc_info = sys.exc_info()
    assert lines_of(record)["exception_message"] == "<Broken: RuntimeError while shown>"


def test_the_request_object_that_django_adds_is_left_out(rf: Any) -> None:
    line = JsonFormatter().format(make_record(request=rf.get("/?token=hunter2"), status_code=404))
    assert "hunter2" not in line
    assert json.loads(line)["status_code"] == 404


def test_the_request_id_is_taken_from_the_filter_or_from_where_it_runs() -> None:
    token = current.set(Record("request-1", 0.0))
    try:
        assert lines_of(make_record())["request_id"] == "request-1"
        filtered = make_record()
        assert RequestIdFilter().filter(filtered)
    finally:
        current.reset(token)
    assert lines_of(filtered)["request_id"] == "request-1"  # also in the thread of a QueueListener
    assert "request_id" not in lines_of(make_record())


def test_an_id_that_the_line_brings_itself_is_kept() -> None:
    record = make_record(request_id="its-own")
    RequestIdFilter().filter(record)
    assert lines_of(record)["request_id"] == "its-own"


def test_static_fields_stand_in_each_line() -> None:
    line = json.loads(
        JsonFormatter(static={"service": "shop", "token": "kept as it is"}).format(make_record())
    )
    assert line["service"] == "shop"


def test_a_plain_line_cannot_be_forged_either() -> None:
    record = make_record("paid\n2026-01-01 ERROR forged\x1b[2J")
    assert LineFormatter().format(record).endswith(r"[-] paid\n2026-01-01 ERROR forged\x1b[2J")


def test_a_traceback_follows_its_plain_line_indented() -> None:
    record = make_record("failed")
    try:
        raise ValueError("x\n2026-01-01 forged")
    except ValueError:
        record.exc_info = sys.exc_info()
    _, *following = LineFormatter().format(record).split("\n")
    assert len(following) >= 4
    assert all(line.startswith("  ") for line in following)


def test_an_extra_field_does_not_give_another_level_or_time() -> None:
    line = lines_of(make_record(level="CRITICAL", time="never", logger="root"))
    assert (line["level"], line["logger"]) == ("INFO", "shop.orders")
    assert (line["extra_level"], line["extra_time"], line["extra_logger"]) == ("CRITICAL", "never", "root")

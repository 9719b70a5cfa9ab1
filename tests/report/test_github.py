from __future__ import annotations

import re

from tenfold.report.github import render
from tests.report.sample import make_empty, make_sample, make_whole

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def test_every_line_is_one_command() -> None:
    lines = render(make_sample()).splitlines()
    assert len(lines) == 1 + 32
    assert all(COMMAND.fullmatch(line) for line in lines)


def test_the_summary_comes_first_and_tells_of_the_limit() -> None:
    summary = render(make_sample()).splitlines()[0]
    assert summary == (
        "::notice title=Tenfold%3A shop & <sons>::score 35 of 100; 4 findings (1 critical, 2 high, 1 low);"
        " 1 practice could not be told"
    )


def test_commands_are_worst_first_and_what_does_not_count_is_a_notice() -> None:
    lines = render(make_sample(places=2)).splitlines()
    kinds = [line.split()[0] for line in lines]
    assert kinds == ["::notice", "::error", "::error", "::error", "::notice", "::notice", "::notice"]
    assert "title=settings/debug-off (critical)" in lines[1]


def test_a_path_and_a_message_cannot_end_their_command() -> None:
    (line,) = [line for line in render(make_sample()).splitlines() if "named-urls" in line]
    match = COMMAND.fullmatch(line)
    assert match
    assert match[2].split(",")[0] == "file=shop/vues/été 100%25/a%2Cb%3Ac.py"
    assert match[2].split(",")[1] == "line=1"
    assert "%250A" in match[3]
    assert len(match[3]) < 5_000


def test_an_empty_report_is_a_summary() -> None:
    assert render(make_empty()) == "::notice title=Tenfold%3A empty::no score; 0 findings\n"


def test_a_finding_about_the_whole_project_names_no_file() -> None:
    line = render(make_whole()).splitlines()[1]
    assert line.startswith("::notice title=delivery/load-test (low)::No load test")

from __future__ import annotations

import json

from tenfold.report.gitlab import render
from tests.report.sample import make_empty, make_sample, make_whole


def test_an_issue_has_what_code_quality_asks_for() -> None:
    issues = json.loads(render(make_sample()))
    assert len(issues) == 32
    assert issues[0] == {
        "description": "DEBUG is read from the environment and is True when DJANGO_DEBUG is not set.",
        "check_name": "settings/debug-off",
        "fingerprint": "d1e2b3",
        "severity": "blocker",
        "location": {"path": "shop/settings/production.py", "lines": {"begin": 12}},
    }
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_what_does_not_count_is_information() -> None:
    issues = json.loads(render(make_sample()))
    assert {i["severity"] for i in issues if i["check_name"] == "observability/no-print"} == {"info"}


def test_an_empty_report_is_an_empty_list() -> None:
    assert json.loads(render(make_empty())) == []


def test_a_finding_about_the_whole_project_stands_at_its_anchor() -> None:
    (issue,) = json.loads(render(make_whole()))
    assert issue["location"] == {"path": "manage.py", "lines": {"begin": 1}}

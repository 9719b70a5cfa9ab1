from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from tenfold.report.json import render
from tests.report.sample import WINDOWS_1252, make_empty, make_sample


def read_schema() -> dict[str, Any]:
    text = resources.files("tenfold.report").joinpath("json_schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(read_schema())


@pytest.mark.parametrize("make", [make_sample, make_empty])
def test_a_report_is_valid_in_its_schema(make: Any) -> None:
    jsonschema.Draft202012Validator(read_schema()).validate(json.loads(render(make())))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["findings"][0].pop("evidence"),
        lambda report: report["findings"][0].update(extra=1),
        lambda report: report["findings"][0].update(line=0),
        lambda report: report["findings"][0].update(severity="fatal"),
        lambda report: report.update(schema="tenfold-report/2"),
    ],
)
def test_the_schema_refuses_what_is_no_report(spoil: Any) -> None:
    report = json.loads(render(make_sample()))
    spoil(report)
    assert not jsonschema.Draft202012Validator(read_schema()).is_valid(report)


def test_a_finding_says_all_that_is_known_of_it() -> None:
    finding = json.loads(render(make_sample()))["findings"][0]
    assert finding == {
        "practice": "settings/debug-off",
        "topic": "settings",
        "path": "shop/settings/production.py",
        "line": 12,
        "severity": "critical",
        "confidence": "high",
        "evidence": "proven",
        "counts": True,
        "message": "DEBUG is read from the environment and is True when DJANGO_DEBUG is not set.",
        "proof": "production value depends on DJANGO_DEBUG, default True",
        "fix": 'DEBUG = env.bool("DJANGO_DEBUG", default=False)',
        "fixable": "safe",
        "fingerprint": "d1e2b3",
        "contexts": ["request", "task"],
        "symbol": "DEBUG",
        "related": [{"path": "shop/settings/base.py", "line": 4}, {"path": "Procfile", "line": None}],
    }


def test_a_finding_for_a_whole_file_has_no_line_and_one_without_remedy_no_fix() -> None:
    findings = json.loads(render(make_sample()))["findings"]
    assert [f["line"] for f in findings if f["practice"] == "http/named-urls"] == [None]
    assert {f["fixable"] for f in findings if f["practice"] == "http/named-urls"} == {None}


def test_hidden_findings_stand_apart_with_what_hides_them() -> None:
    report = json.loads(render(make_sample()))
    assert {(f["path"], f["hidden_by"], f["reason"]) for f in report["suppressed"]} == {
        ("shop/settings/base.py", "baseline", None),
        ("shop/legacy.py", "comment", "goes away in May -- promised"),
        ("shop/before.py", "diff base", None),
    }
    hidden = {f["fingerprint"] for f in report["suppressed"]}
    assert not hidden & {f["fingerprint"] for f in report["findings"]}


def test_counts_are_of_findings_that_count() -> None:
    counts = json.loads(render(make_sample(places=28)))["counts"]
    assert counts["findings"] == 32
    assert counts["counting"] == 4
    assert counts["by_severity"] == {"critical": 1, "high": 2, "medium": 0, "low": 1}


def test_text_is_kept_and_a_half_surrogate_replaced() -> None:
    text = render(make_sample())
    assert text.isascii()
    message = next(f for f in json.loads(text)["findings"] if f["practice"] == "http/named-urls")["message"]
    assert WINDOWS_1252 in message
    assert "\x1b[31mred" in message
    assert "\\udc80" not in text
    message.encode()

"""Required properties and enumerations are those of SARIF 2.1.0; limits are those of GitHub."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tenfold.report.sarif import RESULTS_KEPT, render
from tests.report.sample import make_empty, make_sample, make_whole


def read_run(**options: int) -> dict[str, Any]:
    log = json.loads(render(make_sample(**options)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return read_run()


def test_an_empty_report_is_a_run_without_results() -> None:
    (run,) = json.loads(render(make_empty()))["runs"]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_every_result_names_its_rule_by_id_and_place(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_rule_has_all_that_github_shows_within_its_limits(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 10
    for rule in rules:
        assert len(rule["id"]) <= 255
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        properties = rule["properties"]
        assert properties["precision"] in {"very-high", "high", "medium", "low"}
        assert properties["problem.severity"] in {"error", "warning", "recommendation"}
        assert len(properties["tags"]) == len(set(properties["tags"])) <= 10


def test_only_security_practices_are_security_alerts(run: dict[str, Any]) -> None:
    rated = [r["id"] for r in run["tool"]["driver"]["rules"] if "security-severity" in r["properties"]]
    assert rated == ["security/deploy-check"]


def test_the_help_of_a_rule_says_why_and_how_with_an_example(run: dict[str, Any]) -> None:
    (rule,) = [r for r in run["tool"]["driver"]["rules"] if r["id"] == "settings/debug-off"]
    assert "### Why at scale\n\nWith DEBUG on, Django keeps" in rule["help"]["markdown"]
    assert "### How\n\nHolds when the production settings" in rule["help"]["markdown"]
    assert '```\nDEBUG = env.bool("DJANGO_DEBUG", default=False)\n```' in rule["help"]["markdown"]
    assert "#" not in rule["help"]["text"].replace("/#debug", "")
    assert rule["helpUri"] == "https://docs.djangoproject.com/en/stable/ref/settings/#debug"


def test_a_place_is_a_uri_below_the_root_with_a_region(run: dict[str, Any]) -> None:
    for result in run["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert not place["artifactLocation"]["uri"].startswith("/")
        assert place["region"]["startLine"] >= 1
    assert "%SRCROOT%" in run["originalUriBaseIds"]


def test_odd_characters_of_a_path_are_percent_encoded(run: dict[str, Any]) -> None:
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert "shop/vues/%C3%A9t%C3%A9%20100%25/a%2Cb%3Ac.py" in uris


def test_results_are_worst_first_and_suppressed_ones_last(run: dict[str, Any]) -> None:
    order = [(bool(r.get("suppressions")), not r["properties"]["counts"]) for r in run["results"]]
    assert order == sorted(order)
    assert run["results"][0]["level"] == "error"
    levels = {r["level"] for r in run["results"] if not r["properties"]["counts"]}
    assert levels == {"note"}


def test_suppressions_carry_their_justification(run: dict[str, Any]) -> None:
    found = [s for r in run["results"] for s in r.get("suppressions", [])]
    assert found == [
        {"kind": "external", "justification": "in the baseline file"},
        {"kind": "inSource", "justification": "goes away in May -- promised"},
    ]


def test_what_is_older_than_the_diff_base_is_no_result(run: dict[str, Any]) -> None:
    assert "0dd3" not in {r["partialFingerprints"]["tenfold/v1"] for r in run["results"]}


def test_fingerprints_are_the_report_s_own(run: dict[str, Any]) -> None:
    fingerprints = run["results"][0]["partialFingerprints"]
    assert fingerprints == {"tenfold/v1": "d1e2b3", "primaryLocationLineHash": "d1e2b3:1"}


def test_related_places_have_a_number_and_a_message(run: dict[str, Any]) -> None:
    related = run["results"][0]["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2]
    assert [p["physicalLocation"]["region"]["startLine"] for p in related] == [4, 1]
    assert all(place["message"]["text"] for place in related)


def test_the_run_names_its_category(run: dict[str, Any]) -> None:
    assert run["automationDetails"]["id"] == "tenfold/static/"


def test_what_could_not_be_told_and_read_is_notified(run: dict[str, Any]) -> None:
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert {n["level"] for n in notes} <= {"none", "note", "warning", "error"}
    texts = [n["message"]["text"] for n in notes]
    assert "does not parse: invalid syntax; correct the line" in texts
    assert (
        "cache/shared-cache: could not tell: CACHES is built by a function that Tenfold cannot follow"
        in texts
    )
    assert "security/deploy-check: the check failed: KeyError: 'DATABASES'" in texts


def test_beyond_the_limit_the_worst_are_kept_and_the_rest_is_counted() -> None:
    run = read_run(places=RESULTS_KEPT + 100)
    assert len(run["results"]) == RESULTS_KEPT
    assert run["results"][0]["ruleId"] == "settings/debug-off"
    first = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert first.startswith("106 results are left out")


def test_a_message_has_no_accidental_link() -> None:
    texts = [r["message"]["text"] for r in read_run()["results"]]
    assert not [text for text in texts if "](" in text]


def test_no_text_is_without_bound() -> None:
    run = read_run(places=1)
    assert max(len(r["message"]["text"]) for r in run["results"]) <= 4_000
    snippets = [r["locations"][0]["physicalLocation"]["region"].get("snippet") for r in run["results"]]
    assert max(len(s["text"]) for s in snippets if s) <= 500


def test_a_finding_about_the_whole_project_stands_at_its_anchor() -> None:
    (run,) = json.loads(render(make_whole()))["runs"]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "manage.py"
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "locations" not in note

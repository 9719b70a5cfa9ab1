from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tenfold.report.junit import render
from tests.report.sample import WINDOWS_1252, make_empty, make_sample


@pytest.fixture(scope="module")
def suites() -> ElementTree.Element:
    return ElementTree.fromstring(render(make_sample()).encode())


def find_case(suites: ElementTree.Element, name: str) -> ElementTree.Element:
    (case,) = [case for case in suites.iter("testcase") if case.get("name") == name]
    return case


def test_each_practice_is_one_case_in_the_suite_of_its_topic(suites: ElementTree.Element) -> None:
    assert suites.attrib | {"name": ""} == {
        "name": "", "tests": "10", "failures": "4", "errors": "1", "skipped": "2", "time": "0",
    }  # fmt: skip
    assert [suite.get("name") for suite in suites][:2] == ["tenfold.assets", "tenfold.cache"]
    assert find_case(suites, "settings/debug-off").get("classname") == "tenfold.settings"


def test_a_broken_practice_fails_with_its_findings(suites: ElementTree.Element) -> None:
    failure = find_case(suites, "settings/debug-off").find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "critical", "message": "DEBUG is on in production (1 finding)"}
    assert failure.text is not None
    assert failure.text.startswith("shop/settings/production.py:12: critical: DEBUG is read")
    assert 'change:\nDEBUG = env.bool("DJANGO_DEBUG", default=False)' in failure.text


def test_what_holds_passes_and_what_does_not_count_is_output(suites: ElementTree.Element) -> None:
    assert list(find_case(suites, "settings/allowed-hosts")) == []
    assert [child.tag for child in find_case(suites, "observability/no-print")] == ["system-out"]


def test_unknown_is_skipped_with_its_reason_and_a_failed_check_is_an_error(
    suites: ElementTree.Element,
) -> None:
    unknown = find_case(suites, "cache/shared-cache").find("skipped")
    assert unknown is not None
    assert unknown.get("message") == (
        "could not tell: CACHES is built by a function that Tenfold cannot follow"
    )
    error = find_case(suites, "security/deploy-check").find("error")
    assert error is not None
    assert error.get("message") == "the check failed: KeyError: 'DATABASES'"


def test_hidden_findings_fail_nothing(suites: ElementTree.Element) -> None:
    failure = find_case(suites, "database/persistent-connections").find("failure")
    assert failure is not None
    assert failure.get("message", "").endswith("(1 finding)")


def test_odd_characters_stay_readable_in_valid_xml(suites: ElementTree.Element) -> None:
    failure = find_case(suites, "http/named-urls").find("failure")
    assert failure is not None
    assert failure.text is not None
    assert WINDOWS_1252 in failure.text
    assert "<script>" in failure.text
    assert "\\x1b[31mred" in failure.text


def test_an_empty_report_has_no_suite() -> None:
    assert list(ElementTree.fromstring(render(make_empty()).encode())) == []

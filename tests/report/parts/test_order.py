from __future__ import annotations

from dataclasses import replace

from tenfold.practice import Impact
from tenfold.report.parts.order import (
    count_by_impact,
    explain_verdict,
    group_by_practice,
    group_by_reason,
    group_by_topic,
    order_topics,
)
from tests.report.sample import make_sample


def test_groups_are_worst_first_and_hold_only_what_is_shown() -> None:
    groups = group_by_practice(make_sample(), counting=True)
    assert [(group.verdict.practice.id, len(group.findings)) for group in groups] == [
        ("settings/debug-off", 1),
        ("database/persistent-connections", 1),
        ("serving/worker-timeout", 1),
        ("http/named-urls", 1),
    ]


def test_what_does_not_count_is_a_group_of_its_own() -> None:
    (group,) = group_by_practice(make_sample(places=9), counting=False)
    assert group.topic == "observability"
    assert len(group.findings) == 9


def test_the_topic_with_the_worst_finding_comes_first() -> None:
    topics = group_by_topic(tuple(reversed(group_by_practice(make_sample(), counting=True))))
    assert list(topics) == ["settings", "database", "serving", "http"]


def test_topics_without_a_score_come_last() -> None:
    scores = [topic.score for topic in order_topics(make_sample())]
    assert scores == [0, 0, 0, 0, 49, 100, None, None]


def test_only_findings_that_count_are_counted() -> None:
    assert count_by_impact(make_sample()) == {
        Impact.CRITICAL: 1,
        Impact.HIGH: 2,
        Impact.MEDIUM: 0,
        Impact.LOW: 1,
    }


def test_the_reasons_of_a_verdict_are_the_first_few() -> None:
    unknown = replace(make_sample().verdicts[5], reasons=("a", "b", "c", "d", "e"))
    assert explain_verdict(unknown) == "a; b; c; and 2 more"
    assert explain_verdict(replace(unknown, reasons=())) == "no reason given"


def test_one_reason_behind_many_verdicts_is_said_once() -> None:
    unknown = make_sample().verdicts[5]
    others = tuple(
        replace(
            unknown,
            practice=replace(unknown.practice, module=f"tenfold.practices.http.{name}"),
            reasons=("no",),
        )
        for name in ("a", "b")
    )
    found = [(why, len(members)) for why, members in group_by_reason((unknown, *others))]
    assert found == [("no", 2), (explain_verdict(unknown), 1)]


def test_a_traceback_is_no_reason() -> None:
    failed = make_sample().verdicts[-1]
    assert explain_verdict(failed) == "the check failed: KeyError: 'DATABASES'"

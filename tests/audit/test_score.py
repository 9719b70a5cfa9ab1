from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.audit.result import Outcome, Score
from tenfold.audit.score import score_verdicts
from tenfold.practice import Impact
from tests.builders import (
    SUSPECTED_MEDIUM,
    make_finding,
    make_practice,
    make_reported,
    make_verdict,
)

if TYPE_CHECKING:
    from tenfold.audit.result import Verdict


def verdict(name: str, impact: Impact, outcome: Outcome, **values: object) -> Verdict:
    practice = make_practice(name, impact)
    broken = outcome in (Outcome.BROKEN, Outcome.SUSPECTED)
    found = [make_reported(make_finding(practice, **values))] if broken else []
    return make_verdict(practice, outcome, findings=found)


def overall(*verdicts: Verdict) -> int | None:
    return score_verdicts(verdicts).overall


HELD = verdict("http/a", Impact.HIGH, Outcome.HELD)


def test_nothing_scored_is_no_score() -> None:
    assert score_verdicts(()) == Score(None, ())
    assert overall(verdict("http/a", Impact.HIGH, Outcome.NOT_APPLICABLE)) is None


def test_practices_weigh_their_impact() -> None:
    broken = verdict("http/b", Impact.MEDIUM, Outcome.BROKEN)
    assert overall(HELD, broken) == 5 * 100 // 8


def test_unknown_keeps_its_weight_and_earns_nothing() -> None:
    assert overall(HELD, verdict("http/b", Impact.HIGH, Outcome.UNKNOWN)) == 50


def test_suspected_not_applicable_and_error_weigh_nothing() -> None:
    others = [
        verdict("http/b", Impact.HIGH, Outcome.SUSPECTED, **SUSPECTED_MEDIUM),
        verdict("http/c", Impact.HIGH, Outcome.NOT_APPLICABLE),
        verdict("http/d", Impact.HIGH, Outcome.ERROR),
    ]
    (topic,) = score_verdicts([HELD, *others]).topics
    assert (topic.score, topic.weight, topic.earned) == (100, 5, 5)
    assert (topic.held, topic.suspected, topic.not_applicable) == (1, 1, 1)


def many_held(topic: str, number: int) -> list[Verdict]:
    return [verdict(f"{topic}/held-{n}", Impact.CRITICAL, Outcome.HELD) for n in range(number)]


def test_a_critical_finding_caps_its_topic_only() -> None:
    broken = verdict("settings/debug-off", Impact.CRITICAL, Outcome.BROKEN)
    settings, http = score_verdicts([*many_held("settings", 20), broken, HELD]).topics[::-1]
    assert (settings.score, settings.capped) == (49, True)
    assert (http.score, http.capped) == (100, False)


def test_a_critical_finding_below_the_cap_changes_nothing() -> None:
    (topic,) = score_verdicts([verdict("settings/debug-off", Impact.CRITICAL, Outcome.BROKEN)]).topics
    assert (topic.score, topic.capped) == (0, False)


def test_a_critical_finding_that_does_not_count_caps_nothing() -> None:
    suspected = verdict("settings/debug-off", Impact.CRITICAL, Outcome.SUSPECTED, **SUSPECTED_MEDIUM)
    assert overall(*many_held("settings", 2), suspected) == 100


def test_a_finding_more_severe_than_its_practice_caps_the_topic() -> None:
    practice = make_practice("settings/debug-off", Impact.LOW)
    found = make_reported(make_finding(practice, impact=Impact.CRITICAL))
    broken = make_verdict(practice, Outcome.BROKEN, findings=[found])
    assert overall(*many_held("settings", 20), broken) == 49


def test_hundred_is_reached_only_when_everything_is_earned() -> None:
    broken = verdict("http/b", Impact.LOW, Outcome.BROKEN)
    assert overall(*many_held("http", 1_000), broken) == 99
    assert overall(*many_held("http", 1_000)) == 100


def test_topics_weigh_what_their_practices_weigh() -> None:
    broken = verdict("settings/debug-off", Impact.LOW, Outcome.BROKEN)
    assert overall(HELD, broken) == 100 * 5 // 6


def test_hidden_findings_still_cost_the_score() -> None:
    practice = make_practice("http/b", Impact.HIGH)
    hidden = make_reported(make_finding(practice), suppression="agreed", in_baseline=True, new=False)
    assert overall(HELD, make_verdict(practice, Outcome.BROKEN, findings=[hidden])) == 50

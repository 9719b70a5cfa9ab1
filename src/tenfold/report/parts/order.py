"""The order in which every report shows things: worst first, and stable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.practice import Impact, Safety

if TYPE_CHECKING:
    from tenfold.audit.result import Outcome, Report, Reported, TopicScore, Verdict

WORST_FIRST = tuple(sorted(Impact, reverse=True))


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one practice, worst first."""

    verdict: Verdict
    findings: tuple[Reported, ...]

    @property
    def topic(self) -> str:
        return self.verdict.practice.topic

    @property
    def worst(self) -> Impact:
        return max(reported.finding.impact for reported in self.findings)


def group_by_practice(report: Report, *, counting: bool) -> tuple[Group, ...]:
    """Findings of this run by practice, the worst practice first; those that count, or the others."""
    found: dict[str, list[Reported]] = {}
    for reported in report.shown:
        if reported.finding.counts is counting:
            found.setdefault(reported.finding.practice, []).append(reported)
    verdicts = {verdict.practice.id: verdict for verdict in report.verdicts}
    return tuple(Group(verdicts[practice], tuple(findings)) for practice, findings in found.items())


def group_by_topic(groups: tuple[Group, ...]) -> dict[str, tuple[Group, ...]]:
    """Groups by topic: the topic with the worst finding first, then the one with more findings."""
    topics: dict[str, list[Group]] = {}
    for group in groups:
        topics.setdefault(group.topic, []).append(group)
    ranked = sorted(topics.items(), key=lambda item: (*_rank(item[1]), item[0]))
    return {topic: tuple(members) for topic, members in ranked}


def order_topics(report: Report) -> tuple[TopicScore, ...]:
    """Scored topics, lowest score first; those without a score last."""
    return tuple(
        sorted(report.score.topics, key=lambda t: (t.score is None, t.score or 0, -t.weight, t.topic))
    )


def list_verdicts(report: Report, *outcomes: Outcome) -> tuple[Verdict, ...]:
    """Verdicts with one of `outcomes`, by id."""
    chosen = [verdict for verdict in report.verdicts if verdict.outcome in outcomes]
    return tuple(sorted(chosen, key=lambda verdict: verdict.practice.id))


def grade(score: int | None) -> str:
    """How a score is shown: "good", "fair", "poor", or "none"."""
    if score is None:
        return "none"
    return "good" if score >= 90 else "fair" if score >= 60 else "poor"


def count_by_impact(report: Report) -> dict[Impact, int]:
    """Findings of this run that count, by impact, worst first; zeros included."""
    totals = dict.fromkeys(WORST_FIRST, 0)
    for reported in report.shown:
        if reported.finding.counts:
            totals[reported.finding.impact] += 1
    return totals


def count_suspicions(report: Report) -> int:
    """Findings of this run that do not count: read from source with less than high confidence."""
    return sum(not reported.finding.counts for reported in report.shown)


def count_fixable(report: Report) -> tuple[int, int]:
    """(safe, unsafe): findings of this run that `tenfold fix` mends, and those it mends with --unsafe."""
    kinds = [reported.finding.fixable for reported in report.shown]
    return kinds.count(Safety.SAFE), kinds.count(Safety.UNSAFE)


def list_allowed(report: Report) -> tuple[Reported, ...]:
    """Findings that a comment or the baseline allows, worst first; what is merely older than the diff
    base is none.
    """
    found = [
        reported
        for verdict in report.verdicts
        for reported in verdict.findings
        if reported.suppression is not None or reported.in_baseline
    ]
    return tuple(sorted(found, key=lambda r: (-r.finding.impact, r.finding.practice, r.finding.where)))


def group_by_reason(verdicts: tuple[Verdict, ...]) -> tuple[tuple[str, tuple[Verdict, ...]], ...]:
    """(reason, verdicts that it holds for): the reason behind most verdicts first."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(explain_verdict(verdict), []).append(verdict)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[1][0].practice.id))
    return tuple((reason, tuple(members)) for reason, members in ranked)


def explain_verdict(verdict: Verdict, limit: int = 3) -> str:
    """The first `limit` reasons of a verdict; of a failed check the error, not its traceback."""
    reasons = verdict.reasons[:1] if verdict.outcome == "error" else verdict.reasons
    text = "; ".join(reasons[:limit]) or "no reason given"
    return f"{text}; and {len(reasons) - limit} more" if len(reasons) > limit else text


def _rank(groups: list[Group]) -> tuple[int, ...]:
    """Findings per impact as negative numbers, worst first: compares as "worse before better"."""
    totals = dict.fromkeys(WORST_FIRST, 0)
    for group in groups:
        for reported in group.findings:
            totals[reported.finding.impact] -= 1
    return tuple(totals.values())

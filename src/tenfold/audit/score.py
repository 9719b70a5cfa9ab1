"""The score: how much of what was judged is earned, per topic and overall, 0 to 100.

A practice weighs its impact (low 1, medium 3, high 5, critical 10).
- held earns its weight; broken earns nothing; unknown earns nothing and keeps its weight: what cannot be
  told is no pass;
- suspected (nothing that counts was found), not applicable and error weigh nothing;
- a critical finding that counts caps its topic at 49;
- scores are rounded down: 100 only when everything is earned;
- overall is the mean of the topics by their weight.

A suppression or a baseline changes what is shown and what fails, never the score: it tells how the project
stands, and a comment does not change that.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tenfold.audit.result import Outcome, Score, TopicScore
from tenfold.practice import Impact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.audit.result import Verdict

CRITICAL_CAP = 49
_WEIGHING = (Outcome.HELD, Outcome.BROKEN, Outcome.UNKNOWN)


def score_verdicts(verdicts: Iterable[Verdict]) -> Score:
    """Scores of every topic, sorted by name, and the overall score."""
    topics: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        topics.setdefault(verdict.practice.topic, []).append(verdict)
    scores = tuple(_score_topic(topic, topics[topic]) for topic in sorted(topics))
    weight = sum(t.weight for t in scores)
    total = sum((t.score or 0) * t.weight for t in scores)
    return Score(overall=total // weight if weight else None, topics=scores)


def _score_topic(topic: str, verdicts: list[Verdict]) -> TopicScore:
    counted = Counter(verdict.outcome for verdict in verdicts)
    weight = sum(int(v.practice.impact) for v in verdicts if v.outcome in _WEIGHING)
    earned = sum(int(v.practice.impact) for v in verdicts if v.outcome is Outcome.HELD)
    critical = any(
        reported.finding.counts and reported.finding.impact is Impact.CRITICAL
        for verdict in verdicts
        for reported in verdict.findings
    )
    score = earned * 100 // weight if weight else None
    capped = critical and score is not None and score > CRITICAL_CAP
    return TopicScore(
        topic=topic,
        score=CRITICAL_CAP if capped else score,
        weight=weight,
        earned=earned,
        held=counted[Outcome.HELD],
        broken=counted[Outcome.BROKEN],
        suspected=counted[Outcome.SUSPECTED],
        unknown=counted[Outcome.UNKNOWN],
        not_applicable=counted[Outcome.NOT_APPLICABLE],
        capped=capped,
    )

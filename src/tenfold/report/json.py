"""`--format json`: one object with everything, in a versioned schema (`json_schema.json` beside this)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenfold.report.parts.order import count_by_impact
from tenfold.report.parts.plain import mend_encoding

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported, TopicScore, Verdict
    from tenfold.project.model import Location

SCHEMA = "tenfold-report/1"


def render(report: Report) -> str:
    """One JSON object, ASCII only, so that any pipe and any encoding keeps it whole."""
    return json.dumps(mend_encoding(_describe(report)), indent=2) + "\n"


def _describe(report: Report) -> dict[str, Any]:
    hidden = [r for v in report.verdicts for r in v.findings if not r.shown]
    hidden.sort(key=lambda r: (r.finding.practice, r.finding.where, r.fingerprint))
    return {
        "schema": SCHEMA,
        "tenfold": report.tenfold,
        "project": _describe_project(report),
        "score": {
            "overall": report.score.overall,
            "topics": [_describe_topic(topic) for topic in report.score.topics],
        },
        "counts": _describe_counts(report),
        "fail_on": report.fail_on.label if report.fail_on is not None else None,
        "seconds": round(report.seconds, 3),
        "findings": [_describe_finding(reported) for reported in report.shown],
        "suppressed": [_describe_hidden(reported) for reported in hidden],
        "verdicts": [_describe_verdict(v) for v in sorted(report.verdicts, key=lambda v: v.practice.id)],
        "unknowns": [
            {"practice": v.practice.id, "topic": v.practice.topic, "reasons": list(v.reasons)}
            for v in sorted(report.verdicts, key=lambda v: v.practice.id)
            if v.outcome == "unknown"
        ],
        "problems": [
            {**_describe_place(p.where), "what": p.what, "next_step": p.next_step} for p in report.problems
        ],
        "unused_suppressions": [
            {**_describe_place(unused.where), "text": unused.text} for unused in report.unused_suppressions
        ],
        "obsolete_baseline": list(report.obsolete_baseline),
    }


def _describe_project(report: Report) -> dict[str, Any]:
    return {
        "name": report.project,
        "root": report.root,
        "settings_module": report.settings_module,
        "django": report.django,
        "python": report.python,
        "files": report.files,
        "lines": report.lines,
        "probed": report.probed,
        "probe_note": report.probe_note,
    }


def _describe_counts(report: Report) -> dict[str, Any]:
    shown = report.shown
    return {
        "findings": len(shown),
        "counting": sum(r.finding.counts for r in shown),
        "fixable": sum(r.finding.fixable is not None for r in shown),
        "by_severity": {impact.label: number for impact, number in count_by_impact(report).items()},
        "hidden": dict(sorted(report.hidden.items())),
    }


def _describe_topic(topic: TopicScore) -> dict[str, Any]:
    return {
        "topic": topic.topic,
        "score": topic.score,
        "weight": topic.weight,
        "earned": topic.earned,
        "held": topic.held,
        "broken": topic.broken,
        "suspected": topic.suspected,
        "unknown": topic.unknown,
        "not_applicable": topic.not_applicable,
        "capped": topic.capped,
    }


def _describe_finding(reported: Reported) -> dict[str, Any]:
    finding = reported.finding
    return {
        "practice": finding.practice,
        "topic": finding.practice.partition("/")[0],
        **_describe_place(finding.where),
        "severity": finding.impact.label,
        "confidence": finding.confidence.label,
        "evidence": finding.evidence.label,
        "counts": finding.counts,
        "message": finding.message,
        "proof": finding.proof or None,
        "fix": finding.remedy or None,
        "fixable": finding.fixable.value if finding.fixable is not None else None,
        "fingerprint": reported.fingerprint,
        "contexts": sorted(reported.contexts),
        "symbol": finding.symbol or None,
        "related": [_describe_place(where) for where in finding.related],
    }


def _describe_hidden(reported: Reported) -> dict[str, Any]:
    if reported.suppression is not None:
        by = "comment"
    elif reported.in_baseline:
        by = "baseline"
    else:
        by = "diff base"
    return {**_describe_finding(reported), "hidden_by": by, "reason": reported.suppression}


def _describe_verdict(verdict: Verdict) -> dict[str, Any]:
    practice = verdict.practice
    return {
        "practice": practice.id,
        "topic": practice.topic,
        "title": practice.held,
        "summary": verdict.summary,
        "outcome": verdict.outcome.value,
        "severity": practice.impact.label,
        "weight": int(practice.impact),
        "confidence": practice.confidence.label,
        "findings": sum(reported.shown for reported in verdict.findings),
        "reasons": list(verdict.reasons),
        "fixable": practice.fix.value if practice.fix is not None else None,
        "sources": list(practice.sources),
        "links": list(practice.links),
    }


def _describe_place(where: Location) -> dict[str, Any]:
    return {"path": where.path, "line": where.line or None}

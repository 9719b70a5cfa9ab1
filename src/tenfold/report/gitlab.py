"""`--format gitlab`: a Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenfold.practice import Impact
from tenfold.report.parts.plain import clean_line, mend_encoding

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported

_SEVERITIES = {
    Impact.CRITICAL: "blocker",
    Impact.HIGH: "critical",
    Impact.MEDIUM: "major",
    Impact.LOW: "minor",
}


def render(report: Report) -> str:
    """A JSON list, worst first. What does not count is `info`."""
    issues = [_describe(reported, anchor=report.anchor) for reported in report.shown]
    return json.dumps(mend_encoding(issues), indent=2) + "\n"


def _describe(reported: Reported, *, anchor: str) -> dict[str, Any]:
    finding = reported.finding
    path = finding.where.path if reported.in_file else anchor or finding.where.path
    return {
        "description": clean_line(finding.message),
        "check_name": finding.practice,
        "fingerprint": reported.fingerprint,
        "severity": _SEVERITIES[finding.impact] if finding.counts else "info",
        "location": {"path": path, "lines": {"begin": finding.where.line or 1}},
    }

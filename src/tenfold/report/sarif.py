"""`--format sarif`: SARIF 2.1.0 within the limits of GitHub code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenfold.audit.result import Outcome
from tenfold.practice import Confidence, Impact
from tenfold.report.parts.order import explain_verdict, list_allowed, list_verdicts
from tenfold.report.parts.page import read_page
from tenfold.report.parts.plain import clean_line, clean_text, make_fence, mend_encoding, shorten
from tenfold.report.parts.sarif_results import LEVELS, describe_location, describe_result

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Verdict
    from tenfold.practice import Practice

RESULTS_KEPT = 5_000
"""GitHub shows as many of a run, and refuses a run of more than 25,000."""
TAGS_SHOWN = 10
"""GitHub refuses more than 20 tags of a rule and shows 10."""
_TITLE_LIMIT = 1_024
_PRECISIONS = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "high", Confidence.PREVIEW: "low"}
_SEVERITIES = {
    Impact.CRITICAL: "error",
    Impact.HIGH: "error",
    Impact.MEDIUM: "warning",
    Impact.LOW: "recommendation",
}
_SECURITY_SEVERITIES = {
    Impact.CRITICAL: "9.5",
    Impact.HIGH: "8.0",
    Impact.MEDIUM: "5.0",
    Impact.LOW: "2.0",
}


def render(report: Report) -> str:
    """One SARIF log with one run; results worst first, suppressed ones after them."""
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [_describe_run(report)],
    }
    return json.dumps(mend_encoding(log), indent=2) + "\n"


def _describe_run(report: Report) -> dict[str, Any]:
    verdicts = sorted(report.verdicts, key=lambda verdict: verdict.practice.id)
    indexes = {verdict.practice.id: index for index, verdict in enumerate(verdicts)}
    results = [*report.shown, *list_allowed(report)]
    kept = results if len(results) <= RESULTS_KEPT else results[:RESULTS_KEPT]
    return {
        "tool": {
            "driver": {
                "name": "Tenfold",
                "semanticVersion": report.tenfold,
                "rules": [_describe_rule(verdict) for verdict in verdicts],
            }
        },
        "automationDetails": {"id": "tenfold/static/"},
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The folder of the audited Django project."}}
        },
        "invocations": [_describe_invocation(report, left_out=len(results) - len(kept))],
        "columnKind": "unicodeCodePoints",
        "results": [describe_result(reported, indexes, anchor=report.anchor) for reported in kept],
        "properties": {"score": report.score.overall},
    }


def _describe_rule(verdict: Verdict) -> dict[str, Any]:
    practice = verdict.practice
    page = read_page(verdict.why, practice.links)
    summary = clean_line(verdict.summary) or clean_line(practice.held)
    rule: dict[str, Any] = {
        "id": practice.id,
        "name": _name_rule(practice),
        "shortDescription": {"text": shorten(clean_line(practice.broken), _TITLE_LIMIT)},
        "fullDescription": {"text": shorten(page.short or summary, _TITLE_LIMIT)},
        "help": {"text": _write_help(verdict, marked=False), "markdown": _write_help(verdict, marked=True)},
        "defaultConfiguration": {"level": LEVELS[practice.impact]},
        "properties": _describe_properties(practice),
    }
    if page.links:
        rule["helpUri"] = page.links[0]
    return rule


def _describe_properties(practice: Practice) -> dict[str, Any]:
    tags = ["django", "scaling", practice.topic, *practice.sources]
    properties: dict[str, Any] = {
        "precision": _PRECISIONS[practice.confidence],
        "problem.severity": _SEVERITIES[practice.impact],
        "weight": int(practice.impact),
    }
    if practice.topic == "security":
        tags.insert(0, "security")
        properties["security-severity"] = _SECURITY_SEVERITIES[practice.impact]
    properties["tags"] = list(dict.fromkeys(tags))[:TAGS_SHOWN]
    return properties


def _name_rule(practice: Practice) -> str:
    """`http/named-urls` -> `HttpNamedUrls`."""
    return "".join(word.capitalize() for word in practice.id.replace("/", "-").split("-"))


def _write_help(verdict: Verdict, *, marked: bool) -> str:
    """Why, how and an example from this project; headings as markdown when `marked`."""
    practice = verdict.practice
    page = read_page(verdict.why, practice.links)
    sections = {"Why at scale": "\n\n".join(page.why) or verdict.summary, "How": "\n\n".join(page.holds)}
    examples = [r.finding for r in verdict.findings if r.finding.remedy]
    if examples:
        text = clean_text(examples[0].remedy)
        fence = make_fence(text)
        sections["Example"] = f"{fence}\n{text}\n{fence}" if marked else text
    sections["More"] = "\n".join([*page.links, f"tenfold explain {practice.id}"])
    head = "### " if marked else ""
    return clean_text("\n\n".join(f"{head}{title}\n\n{text}" for title, text in sections.items() if text))


def _describe_invocation(report: Report, *, left_out: int) -> dict[str, Any]:
    notes: list[dict[str, Any]] = []
    if left_out:
        text = f"{left_out} results are left out: GitHub shows {RESULTS_KEPT} of a run. The worst are kept."
        notes.append({"level": "warning", "message": {"text": text}})
    for problem in report.problems:
        text = clean_line(f"{problem.what}; {problem.next_step}")
        note: dict[str, Any] = {"level": "warning", "message": {"text": text}}
        if problem.where.path != ".":
            note["locations"] = [describe_location(problem.where)]
        notes.append(note)
    for verdict in list_verdicts(report, Outcome.UNKNOWN, Outcome.ERROR):
        failed = verdict.outcome is Outcome.ERROR
        prefix = "" if failed else "could not tell: "
        text = clean_line(f"{verdict.practice.id}: {prefix}{explain_verdict(verdict)}")
        notes.append(
            {
                "level": "error" if failed else "note",
                "message": {"text": text},
                "associatedRule": {"id": verdict.practice.id},
            }
        )
    failed = any(verdict.outcome is Outcome.ERROR for verdict in report.verdicts)
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notes}

"""`--format junit`: one test case per practice, so that any continuous integration shows the audit."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tenfold.audit.result import Outcome
from tenfold.report.parts.order import explain_verdict
from tenfold.report.parts.plain import clean_line, clean_text, count

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported, Verdict


def render(report: Report) -> str:
    """`testsuites` with one suite per topic; broken fails, unknown and not applicable are skipped."""
    root = ElementTree.Element("testsuites", name=f"tenfold {clean_line(report.project)}".strip())
    verdicts = sorted(report.verdicts, key=lambda verdict: verdict.practice.id)
    for topic, members in groupby(verdicts, key=lambda verdict: verdict.practice.topic):
        _add_suite(root, topic, tuple(members))
    suites = list(root)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", "0")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_suite(root: ElementTree.Element, topic: str, verdicts: tuple[Verdict, ...]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=f"tenfold.{topic}", tests=str(len(verdicts)))
    for verdict in verdicts:
        _add_case(suite, verdict)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", "0")


def _add_case(suite: ElementTree.Element, verdict: Verdict) -> None:
    practice = verdict.practice
    case = ElementTree.SubElement(
        suite, "testcase", name=practice.id, classname=f"tenfold.{practice.topic}", time="0"
    )
    reason = clean_line(explain_verdict(verdict))
    shown = sorted((r for r in verdict.findings if r.shown), key=_worst_first)
    counting = [reported for reported in shown if reported.finding.counts]
    if counting:
        message = f"{practice.broken} ({count(len(counting), 'finding')})"
        failure = ElementTree.SubElement(
            case, "failure", type=_worst_label(counting), message=clean_line(message)
        )
        failure.text = clean_text("\n\n".join(_describe(reported) for reported in counting))
    elif verdict.outcome is Outcome.ERROR:
        error = ElementTree.SubElement(case, "error", type="error", message=reason)
        error.text = reason
    elif verdict.outcome in (Outcome.UNKNOWN, Outcome.NOT_APPLICABLE):
        prefix = "could not tell" if verdict.outcome is Outcome.UNKNOWN else "does not apply"
        ElementTree.SubElement(case, "skipped", message=f"{prefix}: {reason}")
    others = [reported for reported in shown if not reported.finding.counts]
    if others:
        output = ElementTree.SubElement(case, "system-out")
        output.text = clean_text(
            "Does not count:\n" + "\n\n".join(_describe(reported) for reported in others)
        )


def _worst_first(reported: Reported) -> tuple[object, ...]:
    finding = reported.finding
    return (-finding.impact, -finding.confidence, finding.where)


def _worst_label(findings: list[Reported]) -> str:
    return max(reported.finding.impact for reported in findings).label


def _describe(reported: Reported) -> str:
    finding = reported.finding
    lines = [f"{finding.where}: {finding.impact.label}: {finding.message}"]
    if finding.proof:
        lines.append(f"seen: {finding.proof}")
    if finding.remedy:
        lines.append(f"change:\n{finding.remedy}")
    return "\n".join(lines)

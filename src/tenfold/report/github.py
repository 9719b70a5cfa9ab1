"""`--format github`: annotations of GitHub Actions, as workflow commands.

GitHub shows ten errors, ten warnings and ten notices per step, so the worst come first and the first
notice is the summary. https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Impact
from tenfold.report.parts.order import count_by_impact
from tenfold.report.parts.plain import clean_text, count, shorten

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported

SHOWN_BY_GITHUB = 10
_COMMANDS = {Impact.CRITICAL: "error", Impact.HIGH: "error", Impact.MEDIUM: "warning", Impact.LOW: "notice"}
_MESSAGE_LIMIT = 4_000  # GitHub refuses an annotation above 64 KiB; a screen is far less


def render(report: Report) -> str:
    """One workflow command per line: the summary, then the findings, worst first."""
    lines = [_summarise(report), *(_annotate(reported) for reported in report.shown)]
    return "\n".join(lines) + "\n"


def _annotate(reported: Reported) -> str:
    finding = reported.finding
    properties = {}
    if reported.in_file:  # GitHub drops an annotation of a folder; without a file it stands on the run
        properties = {"file": finding.where.path, "line": str(finding.where.line or 1)}
    properties["title"] = f"{finding.practice} ({finding.impact.label})"
    parts = [finding.message]
    if finding.proof:
        parts.append(f"Seen: {finding.proof}")
    if finding.remedy:
        parts.append(f"Change:\n{finding.remedy}")
    return _command(_choose_command(reported), properties, "\n".join(parts))


def _choose_command(reported: Reported) -> str:
    return _COMMANDS[reported.finding.impact] if reported.finding.counts else "notice"


def _summarise(report: Report) -> str:
    score = "no score" if report.score.overall is None else f"score {report.score.overall} of 100"
    totals = count_by_impact(report)
    parts = [f"{number} {impact.label}" for impact, number in totals.items() if number]
    text = f"{score}; {count(sum(totals.values()), 'finding')}"
    if parts:
        text += f" ({', '.join(parts)})"
    unknown = sum(verdict.outcome == "unknown" for verdict in report.verdicts)
    if unknown:
        text += f"; {count(unknown, 'practice')} could not be told"
    commands = [_choose_command(reported) for reported in report.shown]
    if any(commands.count(kind) > SHOWN_BY_GITHUB for kind in ("error", "warning")):
        text += f". GitHub shows {SHOWN_BY_GITHUB} of each kind; the log of this step has them all"
    return _command("notice", {"title": f"Tenfold: {report.project}"}, text)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    fields = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{name} {fields}::{_escape_data(shorten(message, _MESSAGE_LIMIT))}"


def _escape_data(text: str) -> str:
    return clean_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")

"""`--format markdown`: a summary and the findings, short enough for the comment of a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.audit.result import Outcome
from tenfold.report.parts.order import (
    count_by_impact,
    count_fixable,
    explain_verdict,
    group_by_practice,
    list_verdicts,
    order_topics,
)
from tenfold.report.parts.page import read_page
from tenfold.report.parts.plain import clean_line, clean_text, count, make_fence, shorten
from tenfold.report.parts.remedy import split_remedy

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported
    from tenfold.report.parts.order import Group
    from tenfold.report.parts.remedy import Block

LIMIT = 65_536
"""GitHub refuses a comment of this many characters."""
_BUDGET = LIMIT - 4_096
_TEXT_LIMIT = 500
_CODE_LIMIT = 2_000
_PLACES = 20
# A backslash or an entity takes the meaning from markup, HTML, mentions and references to issues.
_MARKED = re.compile(r"([\\`*_\[\]#|~]|^[-+=])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def render(report: Report) -> str:
    """Markdown as GitHub and GitLab read it, always shorter than `LIMIT` characters.

    The first line is an HTML comment by which a job finds its own comment to replace it.
    """
    head = [
        "<!-- tenfold-report -->",
        f"## Tenfold: {_escape(report.project)}",
        _summarise(report),
        _draw_table(report),
    ]
    lists = (_list_uncounted, _list_unknown, _list_problems, _list_obsolete)
    tail = [part for make in lists if (part := make(report))]
    left = _BUDGET - sum(len(part) + 2 for part in (*head, *tail))
    findings, cut = _fit([_describe_group(g) for g in group_by_practice(report, counting=True)], left)
    if cut:
        findings.append(f"*{count(cut, 'more practice')} left out: the comment would be too long.*")
    return "\n\n".join(part for part in (*head, *findings, *tail) if part) + "\n"


def _fit(parts: list[str], budget: int) -> tuple[list[str], int]:
    """The parts that fit, and how many do not."""
    kept: list[str] = []
    for part in parts:
        budget -= len(part) + 2
        if budget < 0:
            break
        kept.append(part)
    return kept, len(parts) - len(kept)


def _summarise(report: Report) -> str:
    totals = count_by_impact(report)
    score = "No score" if report.score.overall is None else f"Score **{report.score.overall}** of 100"
    text = f"{score}, {count(sum(totals.values()), 'finding')}"
    parts = [f"{number} {impact.label}" for impact, number in totals.items() if number]
    text += f" ({', '.join(parts)})." if parts else "."
    mended = [
        f"`{command}` mends {number}"
        for command, number in zip(
            ("tenfold fix", "tenfold fix --unsafe"), count_fixable(report), strict=True
        )
        if number
    ]
    text += f" {', '.join(mended)}." if mended else ""
    hidden = [f"{number} {reason}" for reason, number in sorted(report.hidden.items()) if number]
    return text + (f" Hidden: {', '.join(hidden)}." if hidden else "")


def _draw_table(report: Report) -> str:
    if not report.score.topics:
        return ""
    rows = [
        "| topic | score | weight | broken | held | unknown |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for topic in order_topics(report):
        score = "–" if topic.score is None else str(topic.score)
        weight = f"{topic.earned} of {topic.weight}"
        cells = (topic.topic, score, weight, str(topic.broken), str(topic.held), str(topic.unknown))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _describe_group(group: Group) -> str:
    practice = group.verdict.practice
    why = read_page(group.verdict.why).short or group.verdict.summary
    parts = [f"### {_escape(practice.broken)}", f"**{group.worst.label}** `{practice.id}`"]
    if why:
        parts.append(_escape(shorten(clean_line(why), _TEXT_LIMIT)))
    previous = ""
    for reported in group.findings[:_PLACES]:
        parts.append(_describe_finding(reported, previous))
        previous = reported.finding.remedy
    if len(group.findings) > _PLACES:
        parts.append(f"*and {len(group.findings) - _PLACES} more*")
    return "\n\n".join(parts)


def _describe_finding(reported: Reported, previous: str) -> str:
    finding = reported.finding
    lines = [f"- {_quote(str(finding.where))}: {_escape(shorten(clean_line(finding.message), _TEXT_LIMIT))}"]
    if finding.proof:
        lines.append(f"  Seen: {_escape(shorten(clean_line(finding.proof), _TEXT_LIMIT))}")
    if finding.remedy and finding.remedy != previous:
        lines.extend(_write_block(block) for block in split_remedy(finding.remedy, finding.where.path))
    return "\n\n".join(lines)


def _write_block(block: Block) -> str:
    if not block.language:
        return f"  {_escape(shorten(clean_line(block.text), _TEXT_LIMIT))}"
    text = shorten(clean_text(block.text), _CODE_LIMIT)
    fence = make_fence(text)
    lines = [f"{fence}{block.language}", *text.splitlines(), fence]
    return "\n".join(f"  {line}" if line else "" for line in lines)


def _list_uncounted(report: Report) -> str:
    groups = group_by_practice(report, counting=False)
    items = [f"- {_quote(g.verdict.practice.id)}: {count(len(g.findings), 'place')}" for g in groups]
    return _write_list("Worth a look, does not count", items)


def _list_unknown(report: Report) -> str:
    items = []
    for verdict in list_verdicts(report, Outcome.UNKNOWN, Outcome.ERROR):
        reason = _escape(shorten(clean_line(explain_verdict(verdict)), 200))
        items.append(f"- {_quote(verdict.practice.id)}: {reason}")
    return _write_list("Could not tell", items)


def _list_problems(report: Report) -> str:
    items = [
        f"- {_quote(str(p.where))}: {_escape(shorten(clean_line(p.what), 200))}" for p in report.problems
    ]
    return _write_list("Files not read", items)


def _list_obsolete(report: Report) -> str:
    items = [f"- {_quote(line)}" for line in report.obsolete_baseline]
    return _write_list("Baseline entries that match nothing any more", items)


def _write_list(title: str, items: list[str]) -> str:
    """A headed list of the first items; empty when there are none."""
    if not items:
        return ""
    more = [f"- and {len(items) - _PLACES} more"] if len(items) > _PLACES else []
    return f"### {title}\n\n" + "\n".join([*items[:_PLACES], *more])


def _escape(text: str) -> str:
    marked = _MARKED.sub(r"\\\1", clean_line(text))
    return re.sub(r"[&<>@]", lambda match: _ENTITIES[match.group()], marked)


def _quote(text: str) -> str:
    """`text` as a code span, whatever it holds."""
    line = shorten(clean_line(text), _TEXT_LIMIT)
    mark = make_fence(line, least=1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{mark}{space}{line}{space}{mark}"

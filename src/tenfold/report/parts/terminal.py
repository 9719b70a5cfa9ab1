"""Findings for a terminal: one practice with its places, whole or brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from tenfold.practice import Evidence, Impact, Safety
from tenfold.report.parts.order import explain_verdict, grade
from tenfold.report.parts.page import read_page
from tenfold.report.parts.plain import clean_line, clean_text, shorten
from tenfold.report.parts.remedy import split_remedy

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tenfold.audit.result import Reported
    from tenfold.report.parts.order import Group as Findings
    from tenfold.report.parts.remedy import Block

PLACES = 5
_BRIEF_PLACES = 3
_LINE_LIMIT = 600  # of one message or proof: five screen lines at 120 columns
_CODE_LINES = 24
_GRADES = {"good": "green", "fair": "yellow", "poor": "red", "none": "dim"}
_STYLES = {
    Impact.CRITICAL: "bold white on red",
    Impact.HIGH: "bold red",
    Impact.MEDIUM: "bold yellow",
    Impact.LOW: "bold cyan",
}


def style_score(score: int | None) -> str:
    return _GRADES[grade(score)]


def show_group(group: Findings, *, verbose: bool) -> RenderableType:
    """One practice: title, why at scale, each place with its proof and the change."""
    findings = group.findings if verbose else group.findings[:PLACES]
    parts: list[RenderableType] = [_show_title(group)]
    why = read_page(group.verdict.why).short or group.verdict.summary
    if why:
        parts.append(Padding(_show_fields([("why", Text(clean_line(why), "dim"))]), (0, 0, 0, 2)))
    if group.verdict.reasons:
        reason = f"in other places: {explain_verdict(group.verdict)}"
        parts.append(Padding(_show_fields([("unsure", Text(clean_line(reason), "dim"))]), (0, 0, 0, 2)))
    previous = ""
    for reported in findings:
        parts.append(_show_place(reported, previous))
        previous = reported.finding.remedy
    if len(group.findings) > len(findings):
        parts.append(Text(f"  and {len(group.findings) - len(findings)} more, --verbose", "dim"))
    parts.append(Text(""))
    return Group(*parts)


def show_brief(group: Findings, *, verbose: bool) -> RenderableType:
    """One practice in a few lines: its places and what is seen there."""
    findings = group.findings if verbose else group.findings[:_BRIEF_PLACES]
    confidence = group.findings[0].finding.confidence.label
    title = Text.assemble("  ", (group.verdict.practice.id, "bold"), (f"  {confidence} confidence", "dim"))
    lines: list[RenderableType] = [title]
    for reported in findings:
        where = clean_line(str(reported.finding.where))
        message = shorten(clean_line(reported.finding.message), 200)
        line = Text.assemble((where, "cyan"), "  ", message, overflow="fold")
        lines.append(Padding(line, (0, 0, 0, 4)))
    if len(group.findings) > len(findings):
        lines.append(Text(f"    and {len(group.findings) - len(findings)} more, --verbose", "dim"))
    return Group(*lines)


def _show_title(group: Findings) -> RenderableType:
    title = Text(clean_line(group.verdict.practice.broken), "bold", overflow="fold")
    title.append(f"  {group.verdict.practice.id}", "not bold dim")
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(Text(f" {group.worst.label.upper()} ", _STYLES[group.worst]), title)
    return row


def _show_place(reported: Reported, previous_remedy: str) -> RenderableType:
    finding = reported.finding
    head = Text.assemble((clean_line(str(finding.where)), "cyan"), overflow="fold")
    notes = [finding.evidence.label] if finding.evidence > Evidence.SUSPECTED else []
    if reported.contexts:
        notes.append("in " + ", ".join(sorted(reported.contexts)))
    if notes:
        head.append(f"  {'; '.join(notes)}", "dim")
    rows: list[tuple[str, RenderableType]] = [("", _fold(finding.message))]
    if finding.proof:
        rows.append(("seen", _fold(finding.proof)))
    if finding.related:
        rows.append(("also", _fold(", ".join(str(where) for where in finding.related))))
    if finding.remedy and finding.remedy != previous_remedy:
        rows.append(("change", _show_remedy(reported)))
    if finding.fixable is not None:
        command = "tenfold fix" if finding.fixable is Safety.SAFE else "tenfold fix --unsafe"
        rows.append(("mend", Text(command, "green")))
    return Padding(Group(head, _show_fields(rows)), (0, 0, 0, 2))


def _show_fields(rows: list[tuple[str, RenderableType]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, min_width=6)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table


def _fold(text: str) -> Text:
    return Text(shorten(clean_line(text), _LINE_LIMIT), overflow="fold")


def _show_remedy(reported: Reported) -> RenderableType:
    finding = reported.finding
    return Group(*(_show_block(block) for block in split_remedy(finding.remedy, finding.where.path)))


def _show_block(block: Block) -> RenderableType:
    lines = [shorten(line, _LINE_LIMIT) for line in clean_text(block.text).splitlines()]
    if len(lines) > _CODE_LINES:
        lines = [*lines[:_CODE_LINES], "…"]
    text = "\n".join(lines)
    if not block.language:
        return Text(" ".join(text.split()), overflow="fold")
    return Syntax(text, block.language, theme="ansi_dark", background_color="default", word_wrap=True)

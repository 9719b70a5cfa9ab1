"""`--format text`: the report for a terminal; also piped, without colour, from 60 columns up."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tenfold.audit.result import Outcome
from tenfold.report.parts.order import (
    count_by_impact,
    count_fixable,
    count_suspicions,
    group_by_practice,
    group_by_reason,
    group_by_topic,
    list_verdicts,
    order_topics,
)
from tenfold.report.parts.plain import clean_line, count
from tenfold.report.parts.terminal import show_brief, show_group, style_score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from tenfold.audit.result import Report, TopicScore, Verdict
    from tenfold.practice import Impact
    from tenfold.report.parts.order import Group as Findings

_BAR, _SHORT_BAR = 20, 10
"""Columns of a full score's bar; the short one below 80 columns."""
_NAME = 60
"""Columns up to which a name stands beside its text."""
_BRIEF = 8
"""How many practices of findings that do not count are listed unless --verbose."""


def render(report: Report, *, width: int = 100, colour: bool = False, verbose: bool = False) -> str:
    """The report as text of at most `width` columns; ANSI sequences only when `colour`."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="256" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in _parts(report, width=width, verbose=verbose):
        console.print(part)
    text = out.getvalue()
    return text if colour else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _parts(report: Report, *, width: int, verbose: bool) -> Iterator[RenderableType]:
    yield _show_header(report)
    yield _show_scores(report, bar=_BAR if width >= 80 else _SHORT_BAR)
    for topic, groups in group_by_topic(group_by_practice(report, counting=True)).items():
        yield _show_heading(topic, report)
        for group in groups:
            yield show_group(group, verbose=verbose)
    yield from _show_uncounted(group_by_practice(report, counting=False), verbose=verbose)
    yield from _show_verdicts(report)
    yield from _show_leftovers(report, verbose=verbose)
    yield _show_closing(report)


def _show_header(report: Report) -> RenderableType:
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("settings", clean_line(report.settings_module) or "unknown")
    versions = [f"Django {clean_line(report.django) or 'unknown'}"]
    versions.append(f"Python {clean_line(report.python) or 'unknown'}")
    facts.add_row("versions", ", ".join(versions))
    size = f"{count(report.files, 'file')}, {count(report.lines, 'line')} in {report.seconds:.2f} s"
    facts.add_row("read", size)
    probed = "the project's own Python answered" if report.probed else "from source only"
    note = clean_line(report.probe_note)
    facts.add_row("evidence", f"{probed}: {note}" if note else probed)
    title = Text.assemble(("Tenfold ", "bold"), (report.tenfold, "dim"), "  ")
    title.append(clean_line(report.project), "bold")
    return Group(title, Padding(facts, (0, 0, 1, 2)))


def _show_scores(report: Report, *, bar: int) -> RenderableType:
    """One line per topic; `bar` is the columns of a full score's bar."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    total = sum(topic.weight for topic in report.score.topics)
    overall = report.score.overall
    table.add_row(
        Text("score", "bold"),
        Text("none" if overall is None else f"{overall}", f"bold {style_score(overall)}"),
        _draw_bar(overall, bar),
        Text(f"weight {total}"),
        Text(""),
    )
    for topic in order_topics(report):
        score = "none" if topic.score is None else f"{topic.score}"
        table.add_row(
            topic.topic,
            Text(score, style_score(topic.score)),
            _draw_bar(topic.score, bar),
            Text(f"{topic.earned} of {topic.weight}", "dim"),
            Text(_describe_topic(topic), "dim"),
        )
    return Padding(table, (0, 0, 1, 2))


def _describe_topic(topic: TopicScore) -> str:
    numbers = {
        "broken": topic.broken,
        "held": topic.held,
        "suspected": topic.suspected,
        "unknown": topic.unknown,
        "not applicable": topic.not_applicable,
    }
    text = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
    return f"{text}; capped at 49" if topic.capped else text


def _draw_bar(score: int | None, columns: int) -> Text:
    filled = 0 if score is None else round(score / 100 * columns)
    return Text.assemble(("█" * filled, style_score(score)), ("░" * (columns - filled), "dim"))


def _show_heading(topic: str, report: Report) -> RenderableType:
    scores = {t.topic: t.score for t in report.score.topics}
    score = scores.get(topic)
    title = Text.assemble((f"{topic}", "bold"), ("" if score is None else f"  {score} of 100", "dim"))
    return Padding(Rule(title, align="left", style="dim"), (0, 0, 1, 0))


def _show_uncounted(groups: tuple[Findings, ...], *, verbose: bool) -> Iterator[RenderableType]:
    if not groups:
        return
    found = sum(len(group.findings) for group in groups)
    title = Text.assemble(("worth a look", "bold"), (f"  {count(found, 'finding')}; none counts", "dim"))
    yield Rule(title, align="left", style="dim")
    chosen = groups if verbose else groups[:_BRIEF]
    for group in chosen:
        yield show_brief(group, verbose=verbose)
    if len(groups) > len(chosen):
        left = count(len(groups) - len(chosen), "practice")
        yield Text(f"  and {left} more, --verbose", "dim")
    yield Text("")


def _show_verdicts(report: Report) -> Iterator[RenderableType]:
    unknown = list_verdicts(report, Outcome.UNKNOWN)
    if unknown:
        yield _show_list("could not tell", "no pass, no breach", _explain_all(unknown))
    failed = list_verdicts(report, Outcome.ERROR)
    if failed:
        yield _show_list("checks that failed", "a fault of Tenfold, not yours", _explain_all(failed))


def _explain_all(verdicts: tuple[Verdict, ...]) -> list[tuple[str, str]]:
    """(practices, reason): one missing fact can stop many practices, and is said once."""
    return [
        (", ".join(verdict.practice.id for verdict in members), reason)
        for reason, members in group_by_reason(verdicts)
    ]


def _show_leftovers(report: Report, *, verbose: bool) -> Iterator[RenderableType]:
    problems = [(f"{p.where}", f"{p.what}; {p.next_step}".rstrip("; ")) for p in report.problems]
    if problems:
        shown = problems if verbose else problems[:_BRIEF]
        note = "the rest was read" if len(shown) == len(problems) else f"{len(problems)} in all, --verbose"
        yield _show_list("files not read", note, shown)
    unused = [(f"{u.where}", u.text) for u in report.unused_suppressions]
    if unused:
        yield _show_list("suppressions that nothing needs", "remove or correct them", unused)
    obsolete = [(line, "") for line in report.obsolete_baseline]
    if obsolete:
        note = "they match nothing any more; tenfold audit --update-baseline writes it anew"
        yield _show_list("obsolete baseline entries", note, obsolete)


def _show_list(title: str, note: str, rows: list[tuple[str, str]]) -> RenderableType:
    heading = Text.assemble((title, "bold"), (f"  {note}", "dim"))
    items = []
    for name, text in rows:
        items.append(Padding(_show_item(clean_line(name), clean_line(text)), (0, 0, 0, 2)))
    return Group(Rule(heading, align="left", style="dim"), *items, Text(""))


def _show_item(name: str, text: str) -> RenderableType:
    """Name and text on one line; a long name stands below its text."""
    if len(name) <= _NAME or not text:
        return Text.assemble((name, "cyan"), "  ", text, overflow="fold")
    return Group(Text(text, overflow="fold"), Padding(Text(name, "cyan", overflow="fold"), (0, 0, 0, 2)))


def _show_closing(report: Report) -> RenderableType:
    totals = count_by_impact(report)
    parts = [f"{number} {impact.label}" for impact, number in totals.items() if number]
    line = Text(count(sum(totals.values()), "finding"), "bold")
    if parts:
        line.append(f" ({', '.join(parts)})", "not bold")
    if suspicions := count_suspicions(report):
        line.append(f" and {count(suspicions, 'suspicion')}", "not bold")
    hidden = [f"{number} {reason}" for reason, number in sorted(report.hidden.items()) if number]
    if hidden:
        line.append(f"; hidden: {', '.join(hidden)}", "not bold dim")
    if report.fail_on is not None:
        line.append(f"; {_describe_end(report, report.fail_on)}", "not bold")
    return Group(line, _suggest(report))


def _describe_end(report: Report, fail_on: Impact) -> str:
    failing = sum(number for impact, number in count_by_impact(report).items() if impact >= fail_on)
    reasons = [f"{failing} at or above {fail_on.label}"] if failing else []
    if report.obsolete_baseline:
        reasons.append(
            count(len(report.obsolete_baseline), "obsolete baseline entry", "obsolete baseline entries")
        )
    if failed := list_verdicts(report, Outcome.ERROR):
        reasons.append(count(len(failed), "failed check"))
    return f"fails: {', '.join(reasons)}" if reasons else f"passes: none at or above {fail_on.label}"


def _suggest(report: Report) -> Text:
    safe, unsafe = count_fixable(report)
    if safe or unsafe:
        mended = f"{count(safe or unsafe, 'finding')} can be mended: "
        more = f"; {unsafe} more with --unsafe" if safe and unsafe else ""
        command = "tenfold fix" if safe else "tenfold fix --unsafe"
        return Text.assemble((mended, "dim"), command, (f" shows the diff{more}", "dim"))
    if report.shown:
        return Text.assemble(("Next: ", "dim"), f"tenfold explain {report.shown[0].finding.practice}")
    return Text("Nothing to mend." if report.verdicts else "Nothing could be judged.", "dim")

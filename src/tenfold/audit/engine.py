"""The audit: every selected practice over the project's facts, to a report as a value."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

import tenfold
from tenfold.audit.allowed import Allowed
from tenfold.audit.baseline import find_obsolete, judged_to_an_end
from tenfold.audit.fingerprint import fingerprints
from tenfold.audit.judgement import decide, judge
from tenfold.audit.masking import known_secrets, mask_known, mask_line
from tenfold.audit.placement import find_contexts, place
from tenfold.audit.result import Outcome, Report, Reported, Verdict
from tenfold.audit.score import score_verdicts
from tenfold.audit.selection import check_selectors, matches, select_entries, suggest
from tenfold.audit.suppression import MARKER
from tenfold.audit.texts import Texts
from tenfold.config import Config
from tenfold.errors import TenfoldError
from tenfold.practice import Impact
from tenfold.project.model import Known, Unknown
from tenfold.project.readers.mentions import find_mentions
from tenfold.project.readers.text import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenfold.audit.baseline import Baseline
    from tenfold.audit.judgement import Judged
    from tenfold.practice import Finding, Practice
    from tenfold.practices.catalogue import Entry
    from tenfold.project.files import Files
    from tenfold.project.model import Project

_ANCHORS = ("manage.py", "pyproject.toml", "README*")

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called before each practice with its id, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the steps of one audit share."""

    project: Project
    config: Config
    texts: Texts
    secrets: tuple[str, ...]
    allowed: Allowed
    known: frozenset[str]
    """Fingerprints of the baseline."""
    practices: frozenset[str]
    """Ids of the whole catalogue, judged or not."""


def audit(
    project: Project,
    entries: Sequence[Entry],
    *,
    config: Config | None = None,
    baseline: Baseline = (),
    unjudged: Iterable[str] = (),
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Report:
    """Judge the project by the entries that the configuration selects.

    `unjudged` are ids of the catalogue that no file judges yet: naming them is no mistake. Raises
    TenfoldError for a selector that names nothing; a check that fails becomes a verdict.
    """
    started = clock()
    config = config or Config()
    later = tuple(unjudged)
    selected = select_entries(entries, select=config.select, ignore=config.ignore, unjudged=later)
    _check_names(entries, config, unjudged=later)
    run = _prepare(project, entries, config=config, baseline=baseline, unjudged=later)
    verdicts = []
    for done, entry in enumerate(selected):
        if progress:
            progress(entry.practice.id, done, len(selected))
        verdicts.append(_verdict(_with_severity(entry, config), run))
    report = _assemble(run, tuple(verdicts), baseline=baseline)
    return replace(report, seconds=clock() - started)


def exit_code(report: Report) -> int:
    """3 when a check failed, 1 for findings that count at or above `fail_on` or obsolete baseline
    entries, else 0. (2 is usage: TenfoldError.)"""
    if any(verdict.outcome is Outcome.ERROR for verdict in report.verdicts):
        return 3
    if report.fail_on is None:
        return 0
    failing = any(r.finding.counts and r.finding.impact >= report.fail_on for r in report.shown)
    return 1 if failing or report.obsolete_baseline else 0


def impact_of(severity: str) -> Impact | None:
    """The impact a severity of the configuration names; None for "never"."""
    return None if severity == "never" else Impact[severity.upper()]


def _check_names(entries: Sequence[Entry], config: Config, *, unjudged: Sequence[str]) -> None:
    """Every name in the configuration must name something, or a misspelt line would do nothing in silence."""
    check_selectors(
        entries, [name for override in config.overrides for name in override.ignore], unjudged=unjudged
    )
    ids = [*(entry.practice.id for entry in entries), *unjudged]
    known = {*ids, *(one.partition("/")[0] for one in ids)}
    for name in config.severity:
        if name not in known:
            close = suggest(entries, name)
            raise TenfoldError(
                f'severity: no practice and no topic is named "{name}".',
                next_step=f'Did you mean "{close}"?' if close else "`tenfold practices` lists all of them.",
            )


def _prepare(
    project: Project,
    entries: Sequence[Entry],
    *,
    config: Config,
    baseline: Baseline,
    unjudged: Sequence[str],
) -> _Run:
    secrets = known_secrets(project.settings.values)
    texts = Texts(lambda path: read_text(project.root, path), secrets=secrets)
    marked = find_mentions(project.root, project.files, MARKER)
    allowed = Allowed({path: texts.text(path) for path in marked}, entries, unjudged=unjudged)
    return _Run(
        project=project,
        config=config,
        texts=texts,
        secrets=secrets,
        allowed=allowed,
        known=frozenset(one.fingerprint for one in baseline),
        practices=frozenset((*(entry.practice.id for entry in entries), *unjudged)),
    )


def _with_severity(entry: Entry, config: Config) -> Entry:
    practice = entry.practice
    severity = config.severity.get(practice.id) or config.severity.get(practice.topic)
    if severity is None:
        return entry
    return replace(entry, practice=replace(practice, impact=Impact[severity.upper()]))


def _verdict(entry: Entry, run: _Run) -> Verdict:
    judged = judge(entry, run.project)
    found = _report_findings(entry.practice, judged, run)
    outcome, reasons = decide(judged, [one.finding for one in found])
    return Verdict(
        practice=entry.practice,
        summary=entry.summary,
        why=entry.why,
        outcome=outcome,
        findings=found,
        reasons=tuple(mask_known(reason, run.secrets) for reason in reasons),
    )


def _report_findings(practice: Practice, judged: Judged, run: _Run) -> tuple[Reported, ...]:
    placed = []
    for finding in _merge(judged.findings):
        contexts = find_contexts(run.project, finding.where)
        kept = place(finding, practice, contexts)
        if kept is not None and not _is_left_out(practice, kept.where.path, run.config):
            placed.append((_present(kept, practice, run), contexts))
    prints = fingerprints([finding for finding, _contexts in placed], line_text=run.texts.line)
    found = [
        Reported(
            finding=finding,
            fingerprint=fingerprint,
            contexts=contexts,
            snippet=run.texts.snippet(finding.where),
            suppression=run.allowed.reason(practice, finding.where),
            in_baseline=fingerprint in run.known,
            in_file=finding.where.line > 0 or finding.where.path in run.project.files,
        )
        for (finding, contexts), fingerprint in zip(placed, prints, strict=True)
    ]
    return tuple(sorted(found, key=_worst_first))


def _worst_first(one: Reported) -> tuple[object, ...]:
    finding = one.finding
    return (not finding.counts, -finding.impact, -finding.confidence, finding.where, finding.message)


def _merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Equal findings once, the one with the best evidence."""
    best: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        key = (finding.practice, finding.where, finding.symbol, finding.message)
        if key not in best or finding.evidence > best[key].evidence:
            best[key] = finding
    return tuple(best.values())


def _is_left_out(practice: Practice, path: str, config: Config) -> bool:
    if any(fnmatchcase(path, pattern) for pattern in config.exclude):
        return True
    return any(
        any(fnmatchcase(path, pattern) for pattern in override.paths)
        and any(matches(practice, selector) for selector in override.ignore)
        for override in config.overrides
    )


def _present(finding: Finding, practice: Practice, run: _Run) -> Finding:
    """The finding as it may be shown: secrets masked, the severity that the project gave it."""
    configured = practice.id in run.config.severity or practice.topic in run.config.severity
    return replace(
        finding,
        message=mask_known(finding.message, run.secrets),
        proof=mask_known(mask_line(finding.proof), run.secrets),
        remedy=mask_known(finding.remedy, run.secrets),
        impact=practice.impact if configured else finding.impact,
    )


def _assemble(run: _Run, verdicts: tuple[Verdict, ...], *, baseline: Baseline) -> Report:
    found = [reported for verdict in verdicts for reported in verdict.findings]
    prints = [reported.fingerprint for reported in found]
    ended = judged_to_an_end(verdicts)
    project = run.project
    return Report(
        project=project.name,
        root=str(project.root),
        tenfold=tenfold.__version__,
        verdicts=verdicts,
        score=score_verdicts(verdicts),
        settings_module=_describe_settings(project),
        django=_django(project),
        python=_python(project),
        files=len(project.files.all),
        anchor=_find_anchor(project.files),
        lines=sum(module.lines for module in project.source),
        probed=isinstance(project.probed, Known),
        probe_note=project.probed.why if isinstance(project.probed, Unknown) else "",
        problems=project.problems,
        unused_suppressions=run.allowed.unused(ended),
        obsolete_baseline=find_obsolete(baseline, prints, judged=ended, known=run.practices),
        hidden=count_hidden(found),
        fail_on=impact_of(run.config.fail_on),
    )


def _find_anchor(files: Files) -> str:
    """The file, as high up as there is one, that people open first to see what the project is."""
    for name in (*_ANCHORS, "*"):
        if found := min(files.named(name), key=lambda file: (file.path.count("/"), file.path), default=None):
            return found.path
    return ""


def count_hidden(found: Iterable[Reported]) -> dict[str, int]:
    """How many findings are not shown, each counted once under the first reason that holds."""
    counts = {"suppressed": 0, "baseline": 0, "before diff base": 0}
    for one in found:
        if one.suppression is not None:
            counts["suppressed"] += 1
        elif one.in_baseline:
            counts["baseline"] += 1
        elif not one.new:
            counts["before diff base"] += 1
    return {name: number for name, number in counts.items() if number}


def _describe_settings(project: Project) -> str:
    module = project.settings.module
    if isinstance(module, Unknown):
        return module.why
    return f"{module.value} ({module.where})" if module.where else module.value


def _django(project: Project) -> str:
    if isinstance(project.probed, Known):
        return project.probed.value.django
    if "django" not in project.dependencies:
        return ""
    version = project.dependencies.version("django")
    return version.value if isinstance(version, Known) else ""


def _python(project: Project) -> str:
    if isinstance(project.probed, Known):
        return project.probed.value.python
    python = project.dependencies.python
    return python.value if isinstance(python, Known) else ""

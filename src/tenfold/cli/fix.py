"""Show, as a diff, what can be mended; write it with --apply; take it back with --undo.

Safe fixes only, unless --unsafe. One pass: the project is read and judged again after writing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.cli import _output, _project

if TYPE_CHECKING:
    import argparse

    from tenfold.audit.result import Report, Reported
    from tenfold.edits.apply import Left, Plan
    from tenfold.edits.model import Proposal
    from tenfold.project.model import Project

NAME = "fix"
HELP = "mend what is safe to mend (prints the diff; --apply writes)"
VERSION = 1


@dataclass(frozen=True)
class Mended:
    """What one run of `fix` did or would do."""

    plan: Plan
    findings: dict[Proposal, Reported]
    unsafe_left: int
    """How many findings would be mended with --unsafe."""
    faults: tuple[str, ...] = ()
    """Fixes that failed: a fault of Tenfold, one line each."""
    undo_file: Path | None = None
    before: Report | None = None
    after: Report | None = None
    held: tuple[str, ...] = ()
    """Practices that were broken and are held now."""
    remaining: tuple[Reported, ...] = field(default=())
    """Findings whose fix was written and that are still found."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _project.add_project_arguments(parser)
    parser.add_argument("--apply", action="store_true", help="write the changes")
    parser.add_argument("--unsafe", action="store_true", help="also what needs a person to read the diff")
    parser.add_argument("--undo", action="store_true", help="take back the last --apply, exactly")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    if arguments.undo:
        return _undo(Path(arguments.path), as_json=arguments.json)
    mended = _mend(arguments)
    _output.write(_as_json(mended) if arguments.json else "\n".join(_describe(mended)))
    for fault in mended.faults:
        _output.note(f"tenfold: a fault of Tenfold, not yours: {fault}")
    if mended.faults:
        return 3
    return 1 if mended.remaining else 0


def _undo(root: Path, *, as_json: bool) -> int:
    from tenfold.edits.undo import undo

    paths = undo(root)
    if as_json:
        import json

        _output.write(json.dumps({"version": VERSION, "restored": list(paths)}, indent=2))
    else:
        _output.write("\n".join(["Taken back:", *(f"  {path}" for path in paths)]))
    return 0


def _mend(arguments: argparse.Namespace) -> Mended:
    from tenfold.edits.apply import apply, plan

    request = _project.make_request(arguments)
    probe = _project.settle_probe(request)
    with _output.progress(quiet=arguments.quiet) as progress:
        project = _project.read(request, probe=probe, progress=progress)
        before = _project.judge(project, request.config, progress=progress)
        proposed = propose(before, project, unsafe=arguments.unsafe)
        planned = plan(project.root, proposed.findings)
        mended = Mended(planned, proposed.findings, proposed.unsafe_left, proposed.faults, before=before)
        if not arguments.apply or not planned.files:
            return mended
        undo_file = apply(planned)
        try:
            project = _project.read(request, probe=probe, progress=progress)
            after = _project.judge(project, request.config, progress=progress)
        except BaseException:
            _output.note("The changes are written, not judged again. `tenfold fix --undo` takes them back.")
            raise
    taken = {proposed.findings[proposal].fingerprint for proposal in planned.taken}
    return replace(
        mended,
        undo_file=undo_file,
        after=after,
        held=_newly_held(before, after),
        remaining=tuple(one for one in after.shown if one.fingerprint in taken),
    )


@dataclass(frozen=True)
class Proposed:
    """The fixes of the findings shown, worst first."""

    findings: dict[Proposal, Reported]
    unsafe_left: int
    faults: tuple[str, ...]


def propose(report: Report, project: Project, *, unsafe: bool) -> Proposed:
    """Ask the practices for their changes. A fix that fails becomes a fault, and the others go on."""
    from tenfold.edits.model import Proposal
    from tenfold.practice import Safety
    from tenfold.practices.catalogue import entries

    fixes = {entry.practice.id: entry.fix for entry in entries() if entry.fix}
    found: dict[Proposal, Reported] = {}
    left = 0
    faults = []
    for one in report.shown:
        fix = fixes.get(one.finding.practice)
        if fix is None or one.finding.fixable is None:
            continue
        if one.finding.fixable is Safety.UNSAFE and not unsafe:
            left += 1
            continue
        try:
            changes = tuple(fix(one.finding, project))
        except Exception as error:
            faults.append(f"fix of {one.finding.practice} {one.finding.where}: {error!r}")
            continue
        if changes:
            found[Proposal(f"{one.finding.practice} {one.finding.where}", changes)] = one
    return Proposed(found, left, tuple(faults))


def _newly_held(before: Report, after: Report) -> tuple[str, ...]:
    from tenfold.audit.result import Outcome

    broken = {v.practice.id for v in before.verdicts if v.outcome in (Outcome.BROKEN, Outcome.SUSPECTED)}
    held = {v.practice.id for v in after.verdicts if v.outcome is Outcome.HELD}
    return tuple(sorted(broken & held))


def _describe(mended: Mended) -> list[str]:
    plan = mended.plan
    lines = [_output.colour_diff(plan.diff())] if plan.files else []
    if not plan.files:
        lines.append("Nothing to mend by itself.")
    lines += dict.fromkeys(f"left alone: {left.proposal.title}: {left.why}" for left in _still_open(mended))
    if mended.unsafe_left:
        lines.append(f"{mended.unsafe_left} more with --unsafe: read that diff.")
    if mended.after is not None:
        lines += _describe_applied(mended)
    elif plan.files:
        lines.append(f"{_count(plan)} by this diff; --apply writes it.")
    return lines


def _count(plan: Plan) -> str:
    from tenfold.report.parts.plain import count

    return f"{count(len(plan.taken), 'finding')} mended in {count(len(plan.files), 'file')}"


def _still_open(mended: Mended) -> list[Left]:
    """What was not planned, without what another change has mended on the way."""
    if mended.after is None:
        return list(mended.plan.deferred)
    found = {one.fingerprint for one in mended.after.shown}
    return [left for left in mended.plan.deferred if mended.findings[left.proposal].fingerprint in found]


def _describe_applied(mended: Mended) -> list[str]:
    assert mended.before is not None
    assert mended.after is not None
    lines = [f"{_count(mended.plan)}."]
    lines += [f"now held: {name}" for name in mended.held]
    lines += [f"still found: {one.finding.practice} {one.finding.where}" for one in mended.remaining]
    was, now = mended.before.score.overall, mended.after.score.overall
    lines.append(f"score {'none' if was is None else was} -> {'none' if now is None else now}")
    lines.append("`tenfold fix --undo` takes it back.")
    return lines


def _as_json(mended: Mended) -> str:
    import json

    before, after = mended.before, mended.after
    document: dict[str, Any] = {
        "version": VERSION,
        "applied": after is not None,
        "fixes": [_entry(mended.findings[one]) for one in mended.plan.taken],
        "already": [_entry(mended.findings[one]) for one in mended.plan.already],
        "left": [_entry(mended.findings[one.proposal]) | {"why": one.why} for one in mended.plan.deferred],
        "unsafe_left": mended.unsafe_left,
        "files": [{"path": file.path, "created": file.before is None} for file in mended.plan.files],
        "diff": mended.plan.diff(),
        "held": list(mended.held),
        "remaining": [_entry(one) for one in mended.remaining],
        "faults": list(mended.faults),
        "score": {
            "before": before.score.overall if before else None,
            "after": after.score.overall if after else None,
        },
        "undo": str(mended.undo_file) if mended.undo_file else None,
    }
    return json.dumps(document, indent=2)


def _entry(one: Reported) -> dict[str, Any]:
    finding = one.finding
    return {
        "practice": finding.practice,
        "path": finding.where.path,
        "line": finding.where.line or None,
        "fix": finding.fixable,
    }

"""A report seen from a folder above the project: forges ask for paths from the repository's root."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Reported
    from tenfold.project.model import Location


def move_below(report: Report, folder: str) -> Report:
    """`report` with every path below `folder` (the project's place in its repository, "" at its root)."""
    if folder in {"", "."}:
        return report
    return replace(
        report,
        anchor=str(PurePosixPath(folder) / report.anchor) if report.anchor else "",
        verdicts=tuple(
            replace(verdict, findings=tuple(_move_finding(found, folder) for found in verdict.findings))
            for verdict in report.verdicts
        ),
        problems=tuple(replace(p, where=_move(p.where, folder)) for p in report.problems),
        unused_suppressions=tuple(
            replace(unused, where=_move(unused.where, folder)) for unused in report.unused_suppressions
        ),
    )


def _move_finding(reported: Reported, folder: str) -> Reported:
    finding = reported.finding
    related = tuple(_move(where, folder) for where in finding.related)
    return replace(reported, finding=replace(finding, where=_move(finding.where, folder), related=related))


def _move(where: Location, folder: str) -> Location:
    """The whole project (".") stays as it is: it is no path that a forge could show."""
    return where if where.path == "." else replace(where, path=str(PurePosixPath(folder) / where.path))

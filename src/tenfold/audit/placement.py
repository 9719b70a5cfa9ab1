"""Where a finding's code runs, and whether the practice matters there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Evidence

if TYPE_CHECKING:
    from tenfold.practice import Finding, Practice
    from tenfold.project.model import Location, Project


def find_contexts(project: Project, where: Location) -> frozenset[str]:
    """Contexts of the innermost function or class around the place that something known reaches; those
    of the file's top level otherwise."""
    for name in _enclosing(project, where):
        if found := project.contexts.of(where.path, name):
            return found
    return project.contexts.of(where.path)


def _enclosing(project: Project, where: Location) -> tuple[str, ...]:
    """Absolute names of the scopes around a place, innermost first, the module excluded."""
    module = project.source.by_path.get(where.path)
    if module is None or where.line < 1:
        return ()
    around = [
        (scope.line, index)
        for index, scope in enumerate(module.scopes)
        if index and scope.line <= where.line <= scope.end_line
    ]
    return tuple(module.qualname(index) for _line, index in sorted(around, reverse=True))


def place(finding: Finding, practice: Practice, contexts: frozenset[str]) -> Finding | None:
    """The finding as it counts where it stands: None where the practice does not matter.

    Code that nothing known reaches may be dead, or reached in a way that was not understood: a finding
    there, read from source only, is no longer of high confidence.
    """
    if not practice.contexts or not finding.where.path.endswith(".py"):
        return finding
    if contexts:
        return finding if contexts.intersection(practice.contexts) else None
    if finding.evidence is Evidence.SUSPECTED and finding.confidence is Confidence.HIGH:
        return replace(finding, confidence=Confidence.MEDIUM)
    return finding

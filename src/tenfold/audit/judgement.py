"""Runs one practice over the project's facts: what it found, or why it could not be judged."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tenfold.audit.evidence import lower_confidence, raise_evidence
from tenfold.audit.result import Outcome
from tenfold.practice import CannotTell, Finding, NotApplicable
from tenfold.project.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.practice import Judgement
    from tenfold.practices.catalogue import Entry
    from tenfold.project.model import Project

_KEYSTONES = MappingProxyType(
    {
        "settings": ("settings", "module"),
        "urls": ("urls", "root"),
        "git": ("files", "git"),
        "python": ("dependencies", "python"),
    }
)
"""Facts that stand on one other fact: without the settings module there are no settings."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one check said, before context, suppression and baseline."""

    findings: tuple[Finding, ...] = ()
    cannot_tell: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    """The error in one line, then its traceback."""


def judge(entry: Entry, project: Project) -> Judged:
    """Run the check. A check that raises gives an error, never an exception."""
    try:
        missing = tuple(why for need in entry.practice.needs if (why := find_lack(project, need)))
        if missing:
            return Judged(cannot_tell=missing)
        return _sort(entry.check(project), project)
    except Exception as error:  # a broken check must not cost the other verdicts
        line = f"the check failed: {type(error).__name__}: {error}"
        return Judged(error=(line, traceback.format_exc()))


def find_lack(project: Project, need: str) -> str:
    """Why a needed fact is not there, "" when it is. Raises AttributeError for a fact nobody reads."""
    fact: object = project
    for name in _KEYSTONES.get(need, tuple(need.split("."))):
        fact = getattr(fact, name)
        if isinstance(fact, Unknown):
            return fact.why
        if fact is None:
            return f"the project does not say: {need}"
    return ""


def _sort(judgements: Iterable[Judgement], project: Project) -> Judged:
    findings, cannot_tell, not_applicable = [], [], []
    for one in judgements:
        match one:
            case Finding():
                findings.append(lower_confidence(raise_evidence(one, project), project))
            case CannotTell(why, where):
                cannot_tell.append(f"{why} ({where})" if where else why)
            case NotApplicable(why):
                not_applicable.append(why)
            case _:
                raise TypeError(f"a check gave {one!r}: neither Finding, CannotTell nor NotApplicable")
    return Judged(tuple(findings), tuple(dict.fromkeys(cannot_tell)), tuple(dict.fromkeys(not_applicable)))


def decide(judged: Judged, findings: Iterable[Finding]) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome and its reasons. `findings` are those that remain after the context filter.

    A finding that counts is certain and wins; what could not be told comes next, since a suspicion
    beside it is no answer.
    """
    remaining = tuple(findings)
    if judged.error:
        return Outcome.ERROR, judged.error
    if any(finding.counts for finding in remaining):
        return Outcome.BROKEN, judged.cannot_tell
    if judged.cannot_tell:
        return Outcome.UNKNOWN, judged.cannot_tell
    if remaining:
        return Outcome.SUSPECTED, ()
    if judged.not_applicable:
        return Outcome.NOT_APPLICABLE, judged.not_applicable
    return Outcome.HELD, ()

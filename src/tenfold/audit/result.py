"""What an audit says: one value that every report renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.practice import Finding, Impact, Practice
    from tenfold.project.model import Location, Problem


class Outcome(StrEnum):
    """The answer for one practice."""

    HELD = "held"
    BROKEN = "broken"
    SUSPECTED = "suspected"
    """Only findings that do not count (read from source with less than high confidence)."""
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"
    """The check itself failed: not scored, exit code 3."""


@dataclass(frozen=True)
class Reported:
    """One finding with what the engine adds to it."""

    finding: Finding
    fingerprint: str
    """Stable when lines move: practice, symbol, the line's text and its occurrence."""
    contexts: frozenset[str] = frozenset()
    snippet: tuple[tuple[int, str], ...] = ()
    """(line number, text) of the lines around the finding, secrets masked."""
    suppression: str | None = None
    """The reason given by a `tenfold: allow[...]` comment; None when not suppressed."""
    in_baseline: bool = False
    new: bool = True
    """False when `--diff-base` shows that it was there before."""
    in_file: bool = True
    """False when its place is no file: the whole project, a folder, or a file that is missing."""

    @property
    def shown(self) -> bool:
        """Whether it is a finding of this run: neither suppressed, nor in the baseline, nor old."""
        return self.suppression is None and not self.in_baseline and self.new


@dataclass(frozen=True)
class Verdict:
    """The answer for one practice with its findings and reasons."""

    practice: Practice
    summary: str
    """First line of the practice's page."""
    why: str
    """The page's text: why at scale."""
    outcome: Outcome
    findings: tuple[Reported, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is unknown, not applicable or an error."""


@dataclass(frozen=True, slots=True)
class TopicScore:
    """`score` is 0 to 100, None when nothing in the topic could be scored."""

    topic: str
    score: int | None
    weight: int
    """Sum of the weights that count."""
    earned: int
    held: int
    broken: int
    suspected: int
    unknown: int
    not_applicable: int
    capped: bool
    """A critical finding holds the score at 49."""


@dataclass(frozen=True, slots=True)
class Score:
    overall: int | None
    topics: tuple[TopicScore, ...]


@dataclass(frozen=True, slots=True)
class UnusedSuppression:
    where: Location
    text: str


@dataclass(frozen=True)
class Report:
    """The whole audit of one project."""

    project: str
    root: str
    tenfold: str
    """Tenfold's version."""
    verdicts: tuple[Verdict, ...]
    score: Score
    settings_module: str = ""
    """Production's settings module and where that is said; the reason when unknown."""
    django: str = ""
    python: str = ""
    files: int = 0
    lines: int = 0
    anchor: str = ""
    """A file that stands for the whole project where a format asks for one; "" in a project without any."""
    probed: bool = False
    probe_note: str = ""
    """Why the project was not run, or what happened when it was."""
    problems: tuple[Problem, ...] = ()
    unused_suppressions: tuple[UnusedSuppression, ...] = ()
    obsolete_baseline: tuple[str, ...] = ()
    """Entries of the baseline file that no longer match anything, one line each."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """How many findings are not shown: "suppressed", "baseline", "before diff base"."""
    seconds: float = 0.0
    fail_on: Impact | None = None

    @property
    def shown(self) -> tuple[Reported, ...]:
        """Findings of this run, worst first."""
        found = [r for v in self.verdicts for r in v.findings if r.shown]
        return tuple(
            sorted(
                found,
                key=lambda r: (
                    not r.finding.counts,
                    -r.finding.impact,
                    -r.finding.confidence,
                    r.finding.practice,
                    r.finding.where,
                ),
            )
        )

"""The vocabulary of judgement: what a practice is, and what it says of a project.

A practice is one file in `tenfold/practices/<topic>/<name>.py`: its docstring is its page, its
`practice` value its meta data, `check(project)` the judgement, an optional `fix(finding, project)`
the mending, and `EXAMPLES` its proof. Nothing is registered: the folder is the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from textwrap import dedent
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tenfold.edits.model import Change
    from tenfold.project.model import Location, Project


class Impact(IntEnum):
    """What breaking the practice costs at scale. The number is the practice's weight in the score."""

    LOW = 1
    MEDIUM = 3
    HIGH = 5
    CRITICAL = 10

    @property
    def label(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How often a finding is right on labelled real projects: HIGH >= 95 %, MEDIUM >= 80 %."""

    PREVIEW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Evidence(IntEnum):
    """The ladder: read from source, seen in the running project, measured."""

    SUSPECTED = 1
    PROVEN = 2
    MEASURED = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Context(StrEnum):
    """Where code runs. The same line costs much in a request and nothing in a migration."""

    REQUEST = "request"
    TASK = "task"
    COMMAND = "command"
    MIGRATION = "migration"
    TEST = "test"


REQUEST, TASK, COMMAND, MIGRATION, TEST = Context


class Safety(StrEnum):
    """SAFE: behaviour in production stays or is what the practice promises. UNSAFE: read the diff."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a practice is broken."""

    practice: str
    where: Location
    message: str
    """What is wrong here, with the names and values of this project. One or two sentences."""
    remedy: str
    """The exact change to make, as text or code to paste."""
    impact: Impact
    confidence: Confidence
    evidence: Evidence = Evidence.SUSPECTED
    proof: str = ""
    """What was seen, in one line: the value and where it came from."""
    symbol: str = ""
    """What stays the same when lines move: a setting's name, a dotted function, a service. The
    fingerprint is made of practice, symbol and the line's text."""
    related: tuple[Location, ...] = ()
    fixable: Safety | None = None

    @property
    def counts(self) -> bool:
        """Whether it weighs in the score and the exit code: proven, or read with high confidence."""
        return self.evidence >= Evidence.PROVEN or self.confidence is Confidence.HIGH


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The practice could not be judged; no pass, and the reason is shown."""

    why: str
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The practice does not concern this project; weighs nothing."""

    why: str


Judgement: TypeAlias = "Finding | CannotTell | NotApplicable"
Check: TypeAlias = "Callable[[Project], Iterable[Judgement]]"
Fix: TypeAlias = "Callable[[Finding, Project], Iterable[Change]]"


@dataclass(frozen=True)
class Practice:
    """One practice. Made once per file: `practice = Practice(__name__, ...)`.

    `held` and `broken` are titles as sentences; `needs` names the facts of `Project` without which it
    cannot be judged ("settings", "urls", ...); `contexts` drops findings in code that never runs there
    (empty: everywhere). A number in `confidence` is earned on labelled projects, not claimed.
    """

    module: str
    held: str
    broken: str
    impact: Impact
    confidence: Confidence = Confidence.HIGH
    sources: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    contexts: tuple[Context, ...] = ()
    links: tuple[str, ...] = ()
    fix: Safety | None = None
    """Safety of the file's `fix` function; None when it has none and the practice is mended by hand."""

    @property
    def id(self) -> str:
        """`topic/name`, from the file's place: .../practices/http/named_urls.py -> http/named-urls."""
        topic, name = self.module.split(".")[-2:]
        return f"{topic}/{name.replace('_', '-')}"

    @property
    def topic(self) -> str:
        return self.id.partition("/")[0]

    def finding(
        self,
        where: Location,
        message: str,
        *,
        remedy: str,
        symbol: str = "",
        proof: str = "",
        impact: Impact | None = None,
        confidence: Confidence | None = None,
        evidence: Evidence = Evidence.SUSPECTED,
        related: Iterable[Location] = (),
        fixable: bool = True,
    ) -> Finding:
        """A finding of this practice. `fixable=False` where the fix cannot mend this very place."""
        return Finding(
            practice=self.id,
            where=where,
            message=message,
            remedy=remedy,
            symbol=symbol,
            proof=proof,
            impact=self.impact if impact is None else impact,
            confidence=self.confidence if confidence is None else confidence,
            evidence=evidence,
            related=tuple(related),
            fixable=self.fix if fixable else None,
        )


class _Example:
    """Files of an example are written dedented, as triple-quoted text that starts on its own line."""

    files: dict[str, str]

    def __post_init__(self) -> None:
        for name in ("files", "fixed"):
            if texts := getattr(self, name, None):
                tidy = {path: _tidied(text) for path, text in texts.items()}
                object.__setattr__(self, name, tidy)


def _tidied(text: str) -> str:
    """Dedented, from its first line to one line end."""
    text = dedent(text).removeprefix("\n")
    return text.rstrip() + "\n" if text.strip() else ""


@dataclass(frozen=True)
class Breaks(_Example):
    """An example project that breaks the practice at `at` ("path:line", or several)."""

    files: dict[str, str]
    at: str | tuple[str, ...]
    fixed: dict[str, str] | None = None
    """What the changed files hold after the fix, where a fix is written."""


@dataclass(frozen=True)
class Holds(_Example):
    """An example project that holds the practice: no finding, and it applies."""

    files: dict[str, str]


@dataclass(frozen=True)
class LooksAlike(_Example):
    """An example that resembles a breach and must not be reported."""

    files: dict[str, str]
    because: str


Example: TypeAlias = Breaks | Holds | LooksAlike

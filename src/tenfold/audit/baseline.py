"""The baseline: findings that a project knows of and has put off, in a file that it commits.

JSON, sorted, without times and line numbers, so that it changes only when findings do. Each entry keeps
a `note` for people. An entry that matches nothing any more is obsolete: it is reported and fails the run,
or the file would allow what came back later.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tenfold.audit.result import Outcome
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

    from tenfold.audit.result import Report, Reported, Verdict

VERSION = 1
_UPDATE = "Write it anew with `tenfold audit --update-baseline`."
_DELETE = "or delete the file and write it anew with `tenfold audit --update-baseline`."


@dataclass(frozen=True, slots=True, order=True)
class BaselineEntry:
    """One known finding. Only the fingerprint identifies it; the rest is for the reader."""

    practice: str
    path: str
    symbol: str
    fingerprint: str
    note: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.practice, self.path, self.symbol) if part)


Baseline: TypeAlias = tuple[BaselineEntry, ...]


def read_baseline(path: Path) -> Baseline:
    """The entries of a baseline file. Raises TenfoldError when it is missing or broken."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TenfoldError(f"There is no baseline file {path.name}.", next_step=_UPDATE) from error
    except OSError as error:
        raise TenfoldError(
            f"The baseline file {path.name} cannot be read.",
            why=str(error.strerror),
            next_step="Allow reading it.",
        ) from error
    except ValueError as error:
        raise TenfoldError(
            f"The baseline file {path.name} is no valid JSON.",
            why=str(error),
            next_step=f"Resolve the conflict or mend the line, {_DELETE}",
        ) from error
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise TenfoldError(
            f"The baseline file {path.name} has not the form that this version of Tenfold reads.",
            why=f'It must hold "version": {VERSION} and a list "findings".',
            next_step=f"Take the Tenfold that wrote it, {_DELETE}",
        )
    findings = data.get("findings")
    if not isinstance(findings, list):
        raise TenfoldError(
            f'The baseline file {path.name} holds no list "findings".', next_step=f"Mend it, {_DELETE}"
        )
    return tuple(_read_entry(one, path.name, number) for number, one in enumerate(findings, start=1))


def _read_entry(one: object, name: str, number: int) -> BaselineEntry:
    keys = ("practice", "path", "symbol", "fingerprint")
    values = (
        [one.get(key, "" if key == "symbol" else None) for key in keys] if isinstance(one, dict) else [None]
    )
    note = one.get("note", "") if isinstance(one, dict) else ""
    if not all(isinstance(value, str) for value in (*values, note)):
        raise TenfoldError(
            f"Entry {number} of the baseline file {name} is broken.",
            why=f"Each entry holds {', '.join(keys)} and note, all strings.",
            next_step=f"Mend or remove the entry, {_DELETE}",
        )
    practice, place, symbol, fingerprint = map(str, values)
    return BaselineEntry(practice, place, symbol, fingerprint, note)


def make_baseline(
    found: Iterable[Reported], *, before: Baseline = (), judged: Container[str] | None = None
) -> Baseline:
    """A baseline of the findings that are not suppressed; notes of `before` are kept.

    `judged` are the practices that were judged to an end (None: all of them): entries of the others are
    kept, since a run with `--select`, or one that could not tell, says nothing about them.
    """
    notes = {entry.fingerprint: entry.note for entry in before}
    kept = {e.fingerprint: e for e in before if judged is not None and e.practice not in judged}
    entries = {
        one.fingerprint: BaselineEntry(
            one.finding.practice,
            one.finding.where.path,
            one.finding.symbol,
            one.fingerprint,
            notes.get(one.fingerprint, ""),
        )
        for one in found
        if one.suppression is None
    }
    return tuple(sorted((kept | entries).values()))


def update_baseline(report: Report, *, before: Baseline = ()) -> Baseline:
    """The baseline after this audit."""
    found = [one for verdict in report.verdicts for one in verdict.findings]
    return make_baseline(found, before=before, judged=judged_to_an_end(report.verdicts))


def judged_to_an_end(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Ids of the practices whose findings are all known: neither unknown nor failed."""
    unfinished = (Outcome.UNKNOWN, Outcome.ERROR)
    return frozenset(verdict.practice.id for verdict in verdicts if verdict.outcome not in unfinished)


def write_baseline(baseline: Baseline) -> str:
    """The file's text."""
    data = {"version": VERSION, "findings": [asdict(entry) for entry in sorted(baseline)]}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def find_obsolete(
    baseline: Baseline, fingerprints: Iterable[str], *, judged: Container[str], known: Container[str]
) -> tuple[str, ...]:
    """One line per entry that matches nothing, among the practices that were judged to an end and those
    that are not `known` any more; one that was not selected or could not be told says nothing about its
    entries."""
    present = set(fingerprints)
    return tuple(
        str(entry)
        for entry in sorted(baseline)
        if entry.fingerprint not in present and (entry.practice in judged or entry.practice not in known)
    )

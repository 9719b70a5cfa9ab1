"""How often findings are right on real projects, by labels that people gave after reading the source.

    python benchmarks/accuracy/measure.py [--emit-unlabelled FILE] CHECKOUT...

Audits each checkout without the probe and matches its findings to `labels.csv` by project (the folder's
name), commit, practice, path and symbol; the nearest line decides between several. Writes
benchmarks/results/accuracy.json. Exit code 1 when labelled findings of high confidence are right in fewer
than 95 of 100 cases for a practice, or those of medium confidence in fewer than 80.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels.csv"
RESULTS = HERE.parent / "results" / "accuracy.json"
COLUMNS = ("project", "commit", "practice", "path", "line", "symbol", "verdict", "note")
WANTED = {"high": 0.95, "medium": 0.80}
VERDICTS = ("right", "wrong")


@dataclass(frozen=True, order=True)
class Key:
    """What says that a label and a finding speak of the same thing, whatever its line."""

    project: str
    commit: str
    practice: str
    path: str
    symbol: str


@dataclass(frozen=True)
class Label:
    key: Key
    line: int
    verdict: str


@dataclass(frozen=True)
class Found:
    """One finding of an audit."""

    key: Key
    line: int
    confidence: str
    message: str


@dataclass(frozen=True)
class Matched:
    """Findings with the verdict on each, "" where nobody has given one, and labels that found nothing."""

    verdicts: tuple[tuple[Found, str], ...]
    gone: tuple[Label, ...]


class LabelError(Exception):
    """A row of labels.csv that says nothing."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkouts", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--emit-unlabelled", type=Path, metavar="FILE", help="rows to be labelled, as CSV")
    parser.add_argument("--labels", type=Path, default=LABELS, metavar="FILE")
    parser.add_argument("--select", metavar="NAMES", help="only these practices, as for `tenfold audit`")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE")
    arguments = parser.parse_args()
    try:
        labels = read_labels(arguments.labels.read_text(encoding="utf-8"))
    except LabelError as error:
        sys.stderr.write(f"{arguments.labels.name}: {error}\n")
        return 2
    found = [one for root in arguments.checkouts for one in audit(root.resolve(), arguments.select)]
    audited = {(one.resolve().name, read_commit(one)) for one in arguments.checkouts}
    matched = match(found, [one for one in labels if (one.key.project, one.key.commit) in audited])
    rows = count_by_practice(matched)
    sys.stdout.write("".join(f"{line}\n" for line in describe(rows, matched)))
    if arguments.emit_unlabelled:
        emit(arguments.emit_unlabelled, [one for one, verdict in matched.verdicts if not verdict])
    if not arguments.select:
        write_results(arguments.results, rows, matched, audited)
    return 0 if all(row["held"] for row in rows) else 1


def read_labels(text: str) -> list[Label]:
    """The rows with a verdict; LabelError where a row's verdict or line is none."""
    labels = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        verdict = (row.get("verdict") or "").strip()
        if not verdict:
            continue
        if verdict not in VERDICTS:
            raise LabelError(f'line {number}: the verdict is right or wrong, not "{verdict}"')
        line = row["line"] or "0"
        if not line.isdigit():
            raise LabelError(f'line {number}: "{line}" is no line number')
        key = Key(row["project"], row["commit"], row["practice"], row["path"], row["symbol"])
        labels.append(Label(key, int(line), verdict))
    return labels


def audit(root: Path, select: str | None) -> list[Found]:
    """Findings of one checkout from source alone, suppressed ones left out."""
    command = [sys.executable, "-m", "tenfold", "audit", str(root), "--no-probe", "--no-cache"]
    command += ["--format", "json", "--fail-on", "never"] + (["--select", select] if select else [])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    commit = read_commit(root)
    return [
        Found(
            Key(root.name, commit, one["practice"], one["path"], one["symbol"] or ""),
            one["line"] or 0,
            one["confidence"],
            one["message"],
        )
        for one in json.loads(done.stdout)["findings"]
    ]


def read_commit(root: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def match(found: Iterable[Found], labels: Iterable[Label]) -> Matched:
    """Each label goes to one finding of its key, nearest lines first."""
    given: dict[Key, list[Label]] = defaultdict(list)
    for label in labels:
        given[label.key].append(label)
    same: dict[Key, list[Found]] = defaultdict(list)
    for one in found:
        same[one.key].append(one)
    verdicts: list[tuple[Found, str]] = []
    for key, findings in same.items():
        left = given.get(key, [])
        pairs = sorted(
            (abs(one.line - label.line), index, number)
            for index, one in enumerate(findings)
            for number, label in enumerate(left)
        )
        taken: dict[int, int] = {}
        for _, index, number in pairs:
            if index not in taken and number not in taken.values():
                taken[index] = number
        verdicts += [
            (one, left[taken[index]].verdict if index in taken else "") for index, one in enumerate(findings)
        ]
        given[key] = [label for number, label in enumerate(left) if number not in taken.values()]
    return Matched(tuple(verdicts), tuple(label for rest in given.values() for label in rest))


def count_by_practice(matched: Matched) -> list[dict[str, Any]]:
    """One row for each practice and confidence; `held` is true where nothing is labelled."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one, verdict in matched.verdicts:
        groups[one.key.practice, one.confidence].append(verdict)
    return [
        {"practice": practice, "confidence": confidence, **_judge(confidence, verdicts)}
        for (practice, confidence), verdicts in sorted(groups.items())
    ]


def _judge(confidence: str, verdicts: list[str]) -> dict[str, Any]:
    counts = Counter(verdicts)
    labelled = counts["right"] + counts["wrong"]
    precision = counts["right"] / labelled if labelled else None
    return {
        "findings": len(verdicts),
        "labelled": labelled,
        "right": counts["right"],
        "precision": None if precision is None else round(precision, 3),
        "held": precision is None or precision >= WANTED.get(confidence, 0),
    }


def count_by_confidence(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in (*WANTED, "preview"):
        of_class = [row for row in rows if row["confidence"] == name]
        sums = {key: sum(row[key] for row in of_class) for key in ("findings", "labelled", "right")}
        precision = round(sums["right"] / sums["labelled"], 3) if sums["labelled"] else None
        found[name] = {**sums, "precision": precision, "wanted": WANTED.get(name)}
    return found


def describe(rows: list[dict[str, Any]], matched: Matched) -> Iterable[str]:
    yield f"{'practice':40} {'confidence':10} {'findings':>8} {'labelled':>8} {'right':>6} {'precision':>9}"
    for row in rows:
        yield _line(row["practice"], row["confidence"], row) + ("" if row["held"] else "  TOO LOW")
    for name, row in count_by_confidence(rows).items():
        yield _line("all", name, row)
    unlabelled = [one for one, verdict in matched.verdicts if not verdict]
    if unlabelled:
        yield f"\n{len(unlabelled)} findings without a label:"
    for one in unlabelled:
        key = one.key
        yield f"  {key.project} {key.path}:{one.line} {one.confidence} {key.practice}: {one.message}"
    for label in matched.gone:
        key = label.key
        yield f"  no longer found ({label.verdict}): {key.project} {key.path}:{label.line} {key.practice}"


def _line(practice: str, confidence: str, row: dict[str, Any]) -> str:
    precision = "-" if row["precision"] is None else f"{row['precision']:.1%}"
    counts = f"{row['findings']:8} {row['labelled']:8} {row['right']:6}"
    return f"{practice:40} {confidence:10} {counts} {precision:>9}"


def emit(target: Path, found: Iterable[Found]) -> None:
    """Rows for labels.csv with an empty verdict; the message stays out, it may quote the project."""
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in sorted(found, key=lambda one: (one.key, one.line)):
            key = one.key
            where = (key.project, key.commit, key.practice, key.path, one.line, key.symbol)
            writer.writerow((*where, "", ""))


def write_results(
    target: Path, rows: list[dict[str, Any]], matched: Matched, audited: set[tuple[str, str]]
) -> None:
    document = {
        "projects": [{"project": name, "commit": commit} for name, commit in sorted(audited)],
        "by_confidence": count_by_confidence(rows),
        "practices": rows,
        "unlabelled": sum(not verdict for _, verdict in matched.verdicts),
        "no_longer_found": dict(sorted(Counter(label.verdict for label in matched.gone).items())),
        "python": ".".join(map(str, sys.version_info[:3])),
        "cores": os.cpu_count(),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

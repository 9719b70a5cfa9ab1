"""Findings as SARIF results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tenfold.practice import Impact
from tenfold.project.model import Location
from tenfold.report.parts.plain import clean_line, clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.audit.result import Reported

_MESSAGE_LIMIT = 4_000
_SNIPPET_LIMIT = 500
LEVELS = {
    Impact.CRITICAL: "error",
    Impact.HIGH: "error",
    Impact.MEDIUM: "warning",
    Impact.LOW: "note",
}


def describe_result(reported: Reported, indexes: Mapping[str, int], *, anchor: str) -> dict[str, Any]:
    """One result; `indexes` gives each practice's place in the list of rules, `anchor` the file that
    stands for the whole project.
    """
    finding = reported.finding
    result: dict[str, Any] = {
        "ruleId": finding.practice,
        "ruleIndex": indexes[finding.practice],
        "level": LEVELS[finding.impact] if finding.counts else "note",
        "message": {"text": _write_message(reported)},
        "locations": _describe_places(reported, anchor=anchor),
        "partialFingerprints": {
            "tenfold/v1": reported.fingerprint,
            # The one that GitHub compares; without it the lines are hashed and a moved finding is new.
            "primaryLocationLineHash": f"{reported.fingerprint}:1",
        },
        "properties": {
            "severity": finding.impact.label,
            "confidence": finding.confidence.label,
            "evidence": finding.evidence.label,
            "counts": finding.counts,
            "fixable": finding.fixable.value if finding.fixable is not None else None,
            "contexts": sorted(reported.contexts),
        },
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **describe_location(where), "message": {"text": "also here"}}
            for number, where in enumerate(finding.related, start=1)
        ]
    suppressions = _describe_suppressions(reported)
    if suppressions:
        result["suppressions"] = suppressions
    return result


def describe_location(where: Location) -> dict[str, Any]:
    """A place below %SRCROOT%; a whole file is its first line, since GitHub asks for a region."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _write_uri(where.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": max(where.line, 1)},
        }
    }


def _describe_places(reported: Reported, *, anchor: str) -> list[dict[str, Any]]:
    """One place, in a file: GitHub refuses a result without a place and one whose place is a folder."""
    finding = reported.finding
    where = finding.where if reported.in_file else Location(anchor)
    if not where.path:
        return []
    location = describe_location(where)
    here = [text for number, text in reported.snippet if number == finding.where.line]
    if here:
        snippet = {"text": shorten(clean_text(here[0]), _SNIPPET_LIMIT)}
        location["physicalLocation"]["region"]["snippet"] = snippet
    if finding.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": clean_line(finding.symbol)}]
    return [location]


def _write_message(reported: Reported) -> str:
    finding = reported.finding
    parts = [finding.message]
    if finding.proof:
        parts.append(f"Seen: {finding.proof}")
    if finding.remedy:
        parts.append(f"Change:\n{finding.remedy}")
    text = shorten(clean_text("\n\n".join(parts)), _MESSAGE_LIMIT)
    # `[text](target)` is a link in a SARIF message, and code such as `views["a"](request)` looks like one.
    return text.replace("](", "] (")


def _describe_suppressions(reported: Reported) -> list[dict[str, Any]]:
    found = []
    if reported.suppression is not None:
        reason = clean_line(reported.suppression) or "no reason given"
        found.append({"kind": "inSource", "justification": reason})
    if reported.in_baseline:
        found.append({"kind": "external", "justification": "in the baseline file"})
    return found


def _write_uri(path: str) -> str:
    return quote(path, safe="/", errors="surrogateescape" if _is_from_bytes(path) else "replace")


def _is_from_bytes(path: str) -> bool:
    """Whether the half surrogates in `path` stand for bytes of a file name that is not UTF-8."""
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in path)

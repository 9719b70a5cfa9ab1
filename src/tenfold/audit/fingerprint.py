"""A finding's identity over time: it stays when lines move, and changes when what is wrong changes.

Made of the practice, the symbol (the path where there is none), the line's text with white space evened
out, and the occurrence's number among equals. Not of line numbers, confidence or wording.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenfold.practice import Finding
    from tenfold.project.model import Location

LENGTH = 16
"""Hexadecimal digits kept: 64 bits, so that 5,000 findings collide once in 10^12 projects."""


def fingerprints(findings: Sequence[Finding], *, line_text: Callable[[Location], str]) -> tuple[str, ...]:
    """One fingerprint per finding, in the given order.

    `line_text` gives the text of a place, "" when it has none; secrets should be masked in it already,
    since the fingerprint is committed with a baseline.
    """
    keys = [_key(finding, line_text(finding.where)) for finding in findings]
    seen: Counter[tuple[str, str, str]] = Counter()
    result = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda i: (findings[i].where, i)):
        seen[keys[index]] += 1
        text = "\0".join((*keys[index], str(seen[keys[index]])))
        result[index] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]
    return tuple(result)


def _key(finding: Finding, text: str) -> tuple[str, str, str]:
    return finding.practice, finding.symbol or finding.where.path, " ".join(text.split())

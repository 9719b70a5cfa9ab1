"""What is new since a git ref: the base tree is audited too, and findings are compared by fingerprint.

`project.readers.base_tree` gives the base as a folder.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.audit.engine import count_hidden

if TYPE_CHECKING:
    from tenfold.audit.result import Report, Verdict


def mark_new(report: Report, base_report: Report) -> Report:
    """The report with `new` only on findings whose fingerprint the base does not have.

    The score and the outcomes stay: they tell how the project stands.
    """
    before = {one.fingerprint for verdict in base_report.verdicts for one in verdict.findings}
    verdicts = tuple(_mark_verdict(verdict, before) for verdict in report.verdicts)
    found = (one for verdict in verdicts for one in verdict.findings)
    return replace(report, verdicts=verdicts, hidden=count_hidden(found))


def _mark_verdict(verdict: Verdict, before: set[str]) -> Verdict:
    marked = tuple(replace(one, new=one.fingerprint not in before) for one in verdict.findings)
    return replace(verdict, findings=marked)

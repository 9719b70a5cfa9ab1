"""Facts that ruff finds: a practice maps and ranks them instead of searching again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Location


class RuffFinding(NamedTuple):
    """One finding: ruff's code ("T201"), its place, ruff's own words."""

    code: str
    where: Location
    message: str
    debug_only: bool = False
    """Whether it stands under `if settings.DEBUG:`, so that production never runs it."""


@dataclass(frozen=True)
class Lint:
    """Ruff's findings in the project's Python files, sorted by place; `# noqa` comments hold.

    The project's own ruff configuration does not: the same code gives the same facts everywhere.
    """

    findings: tuple[RuffFinding, ...] = ()
    codes: tuple[str, ...] = ()
    """Codes that were asked for; a code outside them is not known to be absent."""

    def coded(self, *prefixes: str) -> Iterator[RuffFinding]:
        """Findings whose code starts with one of the prefixes ("T20" gives T201 and T203)."""
        return (finding for finding in self.findings if finding.code.startswith(prefixes))

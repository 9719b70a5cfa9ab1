"""The project's suppressions during one audit: which findings they allow, and which allow nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.audit.result import UnusedSuppression
from tenfold.audit.selection import suggest
from tenfold.audit.suppression import read_allowances
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tenfold.audit.suppression import Allowance
    from tenfold.practice import Practice
    from tenfold.practices.catalogue import Entry


class Allowed:
    """Remembers which allowances were used."""

    def __init__(
        self, texts: Mapping[str, str], entries: Sequence[Entry], *, unjudged: Sequence[str] = ()
    ) -> None:
        """`texts` are the files that hold a marker; `entries` all practices, selected or not; `unjudged`
        ids of the catalogue that no check judges yet: allowing them is no mistake."""
        self._by_path = {path: read_allowances(path, text) for path, text in texts.items()}
        self._entries = entries
        self._unjudged = unjudged
        self._used: set[Allowance] = set()

    def reason(self, practice: Practice, where: Location) -> str | None:
        """The reason under which a finding there is allowed, None when it is not."""
        covering = [a for a in self._by_path.get(where.path, ()) if a.covers(practice, where.line)]
        self._used.update(covering)
        narrowest = min(covering, key=lambda a: (a.first == 0, a.last - a.first), default=None)
        return narrowest.reason if narrowest else None

    def unused(self, judged: Collection[str]) -> tuple[UnusedSuppression, ...]:
        """Allowances that allowed nothing, among the practices that were judged to an end, and those
        that name no practice."""
        found = []
        for path in sorted(self._by_path):
            for allowance in self._by_path[path]:
                text = "" if allowance in self._used else self._describe(allowance, judged)
                if text:
                    found.append(UnusedSuppression(Location(path, allowance.line), text))
        return tuple(found)

    def _describe(self, allowance: Allowance, judged: Collection[str]) -> str:
        if not allowance.name:
            return "this comment allows nothing: write `tenfold: allow[topic/practice] reason`"
        if any(allowance.names_id(one) for one in self._unjudged):
            return ""
        named = [e.practice for e in self._entries if allowance.names_id(e.practice.id)]
        if not named:
            close = suggest(self._entries, allowance.name)
            hint = f"; did you mean {close}?" if close else ""
            return f"allow[{allowance.name}] names no practice{hint}"
        if not all(practice.id in judged for practice in named):
            return ""
        return f"allow[{allowance.name}] allows nothing here any more"

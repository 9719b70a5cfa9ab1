"""What stands in a folder against what an export would write there: missing, edited, stale, foreign."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.export.sealing import MANIFEST, is_untouched, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenfold.stack.export.input import Exported

SAME, MISSING, STALE, EDITED, FOREIGN, LEFT_OVER = (
    "same",
    "missing",
    "stale",
    "edited",
    "foreign",
    "left over",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One file of the export and what stands in its place."""

    path: str
    state: str
    """SAME; MISSING; STALE (as written once, the numbers have changed since); EDITED (by hand); FOREIGN (it
    was never written by an export); LEFT_OVER (written once, no part of the export any more)."""
    before: str
    after: str

    @property
    def is_kept(self) -> bool:
        """A person's work: written over only by force."""
        return self.state in (EDITED, FOREIGN)

    def diff(self) -> str:
        """Unified diff from what stands there to what the export says."""
        old = "/dev/null" if self.state == MISSING else f"a/{self.path}"
        new = "/dev/null" if self.state == LEFT_OVER else f"b/{self.path}"
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), old, new
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


def compare(files: Iterable[Exported], present: Mapping[str, str]) -> tuple[Compared, ...]:
    """Every file of the export against `present`: path -> text of the files in the folder.

    The manifest follows the others: it says nothing that they do not say.
    """
    manifest = present.get(MANIFEST, "")
    wanted = tuple(files)
    compared = [
        Compared(file.path, _state(file, present, manifest), present.get(file.path, ""), file.text)
        for file in wanted
    ]
    known = {file.path for file in wanted}
    for path in recorded(manifest):
        if path not in known and path in present and is_untouched(path, present[path], manifest):
            compared.append(Compared(path, LEFT_OVER, present[path], ""))
    return tuple(compared)


def _state(file: Exported, present: Mapping[str, str], manifest: str) -> str:
    if file.path not in present:
        return MISSING
    text = present[file.path]
    if text == file.text:
        return SAME
    untouched = is_untouched(file.path, text, manifest)
    if untouched is None:
        return FOREIGN
    return STALE if untouched else EDITED

"""One change applied to one text, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.draft import open_draft, splice
from tenfold.edits.resolve import resolve
from tenfold.edits.syntax import refuse_broken

if TYPE_CHECKING:
    from tenfold.edits.model import Change


def change_text(text: str, *changes: Change) -> str:
    draft = open_draft(changes[0].path, text.encode(), mode=0o644)
    for change in changes:
        splice(draft, resolve(draft, change))
    refuse_broken(draft)
    return draft.text

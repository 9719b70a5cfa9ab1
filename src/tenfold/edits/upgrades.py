"""Rewrites Python files with django-upgrade, in the lines that it changes."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING

from tenfold.edits.draft import Splice

if TYPE_CHECKING:
    from tenfold.edits.draft import Draft
    from tenfold.edits.model import UpgradeDjango


def upgrade_django(draft: Draft, change: UpgradeDjango) -> list[Splice]:
    """The lines that django-upgrade rewrites; nothing when it has nothing to say."""
    from django_upgrade.data import Settings
    from django_upgrade.main import apply_fixers

    major, minor = change.version.split(".")[:2]
    settings = Settings(target_version=(int(major), int(minor)))
    return _differences(draft.text, apply_fixers(draft.text, settings, draft.path))


def _differences(before: str, after: str) -> list[Splice]:
    """One splice for each run of lines that differs."""
    if before == after:
        return []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, old))]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Splice(starts[first], starts[last], "".join(new[start:end]))
        for kind, first, last, start, end in matcher.get_opcodes()
        if kind != "equal"
    ]

"""`reference/` is what `tenfold new bazaar` makes, with additions of its own in marked places.

After a change of the template `python -m tests.reference.template_copy` brings it over, additions kept.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.scaffold.rendering import render_project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2] / "reference"
NAME = "bazaar"
TOUCHED = (
    "bazaar/asgi.py",
    "bazaar/settings.py",
    "bazaar/urls.py",
    "bazaar/wsgi.py",
    "requirements/production.txt",
    "templates/base.html",
)
"""Files of the template that have additions here: each between a line with BEGIN and one with END."""
REPLACED = ("README.md",)
"""Files of the template that are written anew here."""
BEGIN, END = "--- the review site", "--- end of the review site"


class MarkError(ValueError):
    """A mark that is opened twice, or not closed."""


def split_additions(text: str) -> Iterator[tuple[str, bool]]:
    """(line, whether it is an addition), marks being additions."""
    inside = False
    for line in text.splitlines(keepends=True):
        if BEGIN in line and inside:
            raise MarkError(f"opened twice: {line}")
        added = inside or BEGIN in line
        inside = (inside or BEGIN in line) and END not in line
        yield line, added
    if inside:
        raise MarkError("never closed")


def without_additions(text: str) -> str:
    return "".join(line for line, added in split_additions(text) if not added)


def with_additions(template: str, held: str) -> str:
    """The template's text with the additions of `held`, each after the line that it followed there.

    Raises MarkError when the template has that line no more.
    """
    lines = template.splitlines(keepends=True)
    at = 0
    for line, added in split_additions(held):
        if added:
            lines.insert(at, line)
            at += 1
        elif line in lines[at:]:
            at = lines.index(line, at) + 1
    if without_additions("".join(lines)) != template:
        raise MarkError("the additions no longer fit; place them by hand")
    return "".join(lines)


def refresh() -> list[str]:
    """Bring the template over; the paths that changed."""
    changed = []
    for file in render_project(NAME):
        if file.path in REPLACED:
            continue
        path = ROOT / file.path
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        text = with_additions(file.text, held) if file.path in TOUCHED else file.text
        if text != held:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(file.mode)
            changed.append(file.path)
    return changed


if __name__ == "__main__":
    sys.stdout.writelines(f"{path}\n" for path in refresh())

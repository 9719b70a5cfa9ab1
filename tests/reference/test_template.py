from __future__ import annotations

import pytest

from tenfold.scaffold.rendering import render_project
from tests.reference.template_copy import (
    NAME,
    REPLACED,
    ROOT,
    TOUCHED,
    MarkError,
    with_additions,
    without_additions,
)

FILES = {file.path: file for file in render_project(NAME)}
ADVICE = "after a change of the template run `python -m tests.reference.template_copy`"


@pytest.mark.parametrize("path", sorted(set(FILES) - {*TOUCHED, *REPLACED}))
def test_an_untouched_file_is_the_template_s(path: str) -> None:
    held = ROOT / path
    assert held.exists(), f"reference/{path} is missing; {ADVICE}"
    assert held.read_text(encoding="utf-8") == FILES[path].text, f"reference/{path} differs; {ADVICE}"
    assert held.stat().st_mode & 0o100 == FILES[path].mode & 0o100


@pytest.mark.parametrize("path", TOUCHED)
def test_a_touched_file_has_additions_in_marked_places_alone(path: str) -> None:
    held = (ROOT / path).read_text(encoding="utf-8")
    assert held != FILES[path].text, f"{path} has no addition: it is touched no more"
    assert without_additions(held) == FILES[path].text, f"reference/{path} differs; {ADVICE}"


def test_additions_follow_the_line_that_they_followed_before() -> None:
    held = "a\n# --- the review site\nours\n# --- end of the review site\nb\n"
    new = with_additions("first\na\nb\nlast\n", held)
    assert new == "first\na\n# --- the review site\nours\n# --- end of the review site\nb\nlast\n"


def test_a_mark_that_is_not_closed_is_told() -> None:
    with pytest.raises(MarkError, match="never closed"):
        without_additions("a\n# --- the review site\nb\n")

from __future__ import annotations

import re

import pytest

from tenfold.report.parts.order import grade
from tenfold.report.parts.remedy import Block
from tenfold.report.parts.web import draw_dial, highlight_block


@pytest.mark.parametrize(
    ("score", "expected"),
    [(None, "none"), (0, "poor"), (59, "poor"), (60, "fair"), (90, "good"), (100, "good")],
)
def test_a_score_has_a_grade(score: int | None, expected: str) -> None:
    assert grade(score) == expected


@pytest.mark.parametrize(("score", "dashes"), [(10, 1), (49, 5), (50, 5), (51, 6), (100, 10)])
def test_a_dial_fills_one_of_ten_segments_for_ten(score: int, dashes: int) -> None:
    (pattern,) = re.findall(r'stroke-dasharray="([^"]*)" class="fill"', draw_dial(score, "x"))
    numbers = [float(number) for number in pattern.split()]
    assert numbers[-2:] == [0, 100]
    assert len(numbers) == 2 * dashes + 2
    assert sum(numbers[:-2:2]) == pytest.approx(0.86 * score, abs=0.02)


def test_a_dial_of_nothing_is_an_empty_ring() -> None:
    assert "fill" not in draw_dial(0, "x")
    assert "–" in draw_dial(None, "x")


def test_highlighting_changes_no_text() -> None:
    code = 'def run(x):\n\n    return f"<{x}>"  # é & more\n'
    html = highlight_block(Block(code, "python"))
    text = re.sub(r"<[^>]+>", "", html).replace("&lt;", "<").replace("&gt;", ">")
    assert text.replace("&amp;", "&").replace("&#34;", '"') == code.rstrip("\n")
    assert '<b class="k">def</b>' in html

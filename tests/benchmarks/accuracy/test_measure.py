from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "project,commit,practice,path,line,symbol,verdict,note\n"


def found(line: int, *, symbol: str = "shop.views.home", confidence: str = "high") -> Any:
    from measure import Found, Key

    key = Key("shop", "c0ffee", "observability/no-print", "shop/views.py", symbol)
    return Found(key, line, confidence, "prints")


def labels(*rows: str) -> Any:
    from measure import read_labels

    return read_labels(
        HEAD + "".join(f"shop,c0ffee,observability/no-print,shop/views.py,{row}\n" for row in rows)
    )


def test_a_label_stays_with_its_finding_when_lines_move() -> None:
    from measure import match

    matched = match([found(14)], labels("9,shop.views.home,right,"))
    assert [verdict for _, verdict in matched.verdicts] == ["right"]


def test_the_nearest_line_decides_between_findings_of_one_symbol() -> None:
    from measure import match

    matched = match(
        [found(10), found(30), found(50)],
        labels("31,shop.views.home,wrong,", "10,shop.views.home,right,"),
    )
    assert [(one.line, verdict) for one, verdict in matched.verdicts] == [
        (10, "right"),
        (30, "wrong"),
        (50, ""),
    ]


def test_another_symbol_is_another_finding() -> None:
    from measure import match

    matched = match([found(9, symbol="shop.views.order")], labels("9,shop.views.home,right,"))
    assert [verdict for _, verdict in matched.verdicts] == [""]
    assert [label.line for label in matched.gone] == [9]


def test_a_row_without_a_verdict_is_no_label() -> None:
    assert labels("9,shop.views.home,,to be read") == []


@pytest.mark.parametrize("row", ["9,shop.views.home,maybe,", "nine,shop.views.home,right,"])
def test_a_row_that_cannot_be_read_is_refused_by_its_number(row: str) -> None:
    from measure import LabelError

    with pytest.raises(LabelError, match="line 2"):
        labels(row)


@pytest.mark.parametrize(
    ("confidence", "right", "wrong", "held"),
    [
        ("high", 19, 1, True),
        ("high", 18, 1, False),
        ("medium", 4, 1, True),
        ("medium", 3, 1, False),
        ("preview", 0, 9, True),
        ("high", 0, 0, True),
    ],
)
def test_a_practice_is_as_right_as_its_confidence_says(
    confidence: str, right: int, wrong: int, *, held: bool
) -> None:
    from measure import Matched, count_by_practice

    verdicts = ["right"] * right + ["wrong"] * wrong + [""] * 3
    matched = Matched(tuple((found(n, confidence=confidence), v) for n, v in enumerate(verdicts)), ())
    (row,) = count_by_practice(matched)
    assert row["held"] is held
    assert (row["findings"], row["labelled"], row["right"]) == (right + wrong + 3, right + wrong, right)


def test_rows_to_be_labelled_are_read_back_as_labels_once_judged(tmp_path: Path) -> None:
    from measure import emit, match, read_labels

    emit(tmp_path / "rows.csv", [found(9)])
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert "prints" not in text
    judged = read_labels(text.replace("home,,", "home,wrong,"))
    assert [verdict for _, verdict in match([found(9)], judged).verdicts] == ["wrong"]


def test_the_kept_labels_can_be_read() -> None:
    from measure import LABELS, read_labels

    assert LABELS.read_text(encoding="utf-8").startswith(HEAD)
    read_labels(LABELS.read_text(encoding="utf-8"))

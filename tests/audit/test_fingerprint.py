from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.audit.fingerprint import LENGTH, fingerprints
from tenfold.practice import Confidence
from tenfold.project.model import Location
from tests.builders import make_finding, make_practice

if TYPE_CHECKING:
    from tenfold.practice import Finding

PRACTICE = make_practice()
FINDING = make_finding(PRACTICE, line=4, symbol="shop.views.detail")


def prints(*findings: Finding, text: str = "user.save()") -> tuple[str, ...]:
    return fingerprints(findings, line_text=lambda where: text if where.line else "")


def test_it_stays_when_the_line_the_file_or_the_wording_changes() -> None:
    others = (
        replace(FINDING, where=Location("shop/views.py", 40)),
        replace(FINDING, where=Location("shop/views/detail.py", 4)),
        replace(FINDING, message="said better", confidence=Confidence.MEDIUM),
    )
    assert {prints(other) for other in others} == {prints(FINDING)}
    assert prints(FINDING, text="\t user.save( )".replace("( ", "(")) == prints(FINDING)


def test_it_changes_with_the_practice_the_symbol_and_the_text() -> None:
    others = (
        prints(replace(FINDING, practice="http/named-urls")),
        prints(replace(FINDING, symbol="shop.views.other")),
        prints(FINDING, text="order.save()"),
    )
    assert len({prints(FINDING), *others}) == 4


def test_without_a_symbol_the_path_takes_its_place() -> None:
    bare = replace(FINDING, symbol="")
    assert prints(bare) != prints(replace(bare, where=Location("shop/other.py", 4)))
    assert prints(bare) == prints(replace(bare, where=Location("shop/views.py", 9)))


def test_equal_findings_are_told_apart_by_their_order_in_the_file() -> None:
    first, second = FINDING, replace(FINDING, where=Location("shop/views.py", 9))
    one, two = prints(first, second)
    assert one != two
    assert prints(second, first) == (two, one)
    assert prints(first) == (one,)


def test_it_is_sixteen_hexadecimal_digits() -> None:
    (one,) = prints(FINDING)
    assert len(one) == LENGTH == 16
    assert int(one, 16)

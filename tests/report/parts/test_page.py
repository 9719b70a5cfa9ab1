from __future__ import annotations

from tenfold.report.parts.page import read_page

TEXT = """
count() visits every row;
exists() stops at the first.
Holds when presence is tested with exists(), or
the rows are read anyway.
https://example.org/exists
"""


def test_a_page_falls_into_why_holds_and_links() -> None:
    page = read_page(TEXT, ("https://example.org/exists", "https://example.org/more"))
    assert page.why == ("count() visits every row; exists() stops at the first.",)
    assert page.holds == ("Holds when presence is tested with exists(), or the rows are read anyway.",)
    assert page.links == ("https://example.org/exists", "https://example.org/more")
    assert page.short == page.why[0]


def test_what_holds_may_follow_on_the_same_line() -> None:
    page = read_page("It costs much. Holds when it\nis off. An empty list fails loudly.")
    assert page.why == ("It costs much.",)
    assert page.holds == ("Holds when it is off. An empty list fails loudly.",)


def test_an_empty_page_has_nothing_short() -> None:
    assert read_page("").short == ""


def test_a_page_without_conditions_is_all_why() -> None:
    assert read_page("One.\n\nTwo holds too.").why == ("One.", "Two holds too.")


def test_what_is_reported_belongs_to_how_it_is_judged() -> None:
    page = read_page("A list grows.\nReported are list views\nwithout pages. Others are left out.")
    assert page.why == ("A list grows.",)
    assert page.holds == ("Reported are list views without pages. Others are left out.",)

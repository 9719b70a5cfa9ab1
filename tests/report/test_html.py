from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from tenfold.report.html import render
from tests.report.sample import WINDOWS_1252, make_empty, make_sample

VOID = {"meta", "input", "br", "link", "img", "circle"}


class Page(HTMLParser):
    """Tags with attributes, text, and whether every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data

    def find(self, name: str, **wanted: str) -> list[dict[str, str | None]]:
        return [a for tag, a in self.tags if tag == name and wanted.items() <= a.items()]


@pytest.fixture(scope="module")
def text() -> str:
    return render(make_sample())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_every_element_is_closed_where_it_was_opened(page: Page) -> None:
    assert page.open == []
    assert Page(render(make_empty())).open == []


def test_the_page_asks_for_nothing_from_outside(text: str, page: Page) -> None:
    assert not [a for _, a in page.tags if {"src", "srcset", "data", "action", "poster"} & a.keys()]
    assert not page.find("link")
    assert not page.find("img")
    assert "url(" not in text
    assert "@import" not in text
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|importScripts)\b", text)


def test_the_policy_allows_exactly_the_style_and_script_of_the_page(text: str, page: Page) -> None:
    (policy,) = page.find("meta", **{"http-equiv": "Content-Security-Policy"})
    content = policy["content"]
    assert content is not None
    assert content.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (body,) = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", text)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in content
    assert not [a for _, a in page.tags if "style" in a or any(name.startswith("on") for name in a)]


def test_text_of_the_project_is_shown_and_not_run(text: str, page: Page) -> None:
    assert text.count("<script>") == 1
    assert "<script>alert('x')</script>" in page.text
    assert WINDOWS_1252 in page.text
    assert "<title>Tenfold: shop &amp; &lt;sons&gt;</title>" in text


def test_each_finding_carries_what_the_filters_ask_for(page: Page) -> None:
    places = page.find("details", **{"class": "place"})
    assert len(places) == 32
    assert places[0] == {
        "class": "place",
        "open": None,
        "data-severity": "critical",
        "data-topic": "settings",
        "data-confidence": "high",
        "data-fixable": "yes",
    }


def test_a_topic_has_a_dial_that_can_be_read_aloud(page: Page) -> None:
    labels = [a["aria-label"] for a in page.find("svg")]
    assert labels[0] == "Overall score 35 of 100"
    assert "settings: 49 of 100" in labels
    assert "assets: no score" in labels


def test_the_weights_are_on_the_page(page: Page) -> None:
    assert "How the score is made" in page.text
    assert "3 of 13, capped" in page.text


def test_the_line_of_a_finding_is_marked_in_its_code(text: str) -> None:
    assert '<span class="row hit"><i>12</i>DEBUG' in text
    assert '<b class="s">&#34;DJANGO_DEBUG&#34;</b>' in text


def test_a_page_names_what_holds_what_is_unknown_and_what_is_allowed(page: Page) -> None:
    held = page.text[page.text.index("What holds") : page.text.index("Allowed")]
    assert "ALLOWED_HOSTS names real hosts" in held
    unknown = page.text[page.text.index("Could not tell") : page.text.index("What holds")]
    assert "CACHES is built by a function" in unknown
    assert "By comment: goes away in May -- promised" in page.text
    assert "does not parse: invalid syntax; correct the line" in page.text


def test_an_empty_report_has_no_filters() -> None:
    page = Page(render(make_empty()))
    assert "Nothing could be judged." in page.text
    assert not page.find("form")


def test_a_long_line_of_code_is_cut() -> None:
    snippets = re.findall(r'(?s)<pre class="snippet".*?</pre>', render(make_sample()))
    assert max(len(re.sub(r"<[^>]+>", "", snippet)) for snippet in snippets) < 1_000

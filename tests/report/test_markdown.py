from __future__ import annotations

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from tenfold.report.markdown import LIMIT, render
from tests.report.sample import make_empty, make_sample


def test_the_first_line_marks_the_comment_as_ours() -> None:
    assert render(make_sample()).startswith("<!-- tenfold-report -->\n")


def test_the_summary_has_score_counts_and_a_table_of_topics() -> None:
    text = render(make_sample())
    assert "Score **35** of 100, 4 findings (1 critical, 2 high, 1 low). " in text
    assert "`tenfold fix` mends 1, `tenfold fix --unsafe` mends 1." in text
    assert "| settings | 49 | 3 of 13 | 1 | 1 | 0 |" in text
    assert "<table>" in MarkdownIt("gfm-like", {"linkify": False}).render(text)


def test_a_finding_has_its_place_what_was_seen_and_the_change_as_code() -> None:
    text = render(make_sample())
    assert "- `shop/settings/production.py:12`: DEBUG is read from the environment" in text
    assert "  Seen: production value depends on DJANGO\\_DEBUG, default True" in text
    assert '  ```python\n  DEBUG = env.bool("DJANGO_DEBUG", default=False)\n  ```' in text


def test_text_of_the_project_is_text_and_nothing_else() -> None:
    html = MarkdownIt("commonmark").render(render(make_sample(places=1)))
    assert "<script" not in html
    assert "<em>star</em>" not in html
    assert "&lt;script&gt;alert('x')&lt;/script&gt; &amp; " in html
    outside_code = re.sub(r"(?s)```.*?```|`[^`]*`", "", render(make_sample(places=1)))
    assert "@someone" not in outside_code
    assert " #12" not in outside_code


def test_a_comment_is_always_short_enough() -> None:
    report = make_sample()
    verdict = report.verdicts[1]
    found = verdict.findings[0]
    many = tuple(
        replace(
            verdict,
            practice=replace(verdict.practice, module=f"tenfold.practices.database.rule_{number}"),
            findings=(replace(found, finding=replace(found.finding, practice=f"database/rule-{number}")),),
        )
        for number in range(400)
    )
    text = render(replace(report, verdicts=many))
    assert len(text) < LIMIT
    assert re.search(r"\*\d+ more practices left out", text)


def test_many_problems_and_unknowns_keep_within_the_limit_too() -> None:
    report = make_sample()
    unknown = replace(report.verdicts[5], reasons=("x" * 900,))
    verdicts = tuple(
        replace(unknown, practice=replace(unknown.practice, module=f"tenfold.practices.cache.c{number}"))
        for number in range(600)
    )
    text = render(replace(report, verdicts=verdicts, problems=report.problems * 500))
    assert len(text) < LIMIT


def test_an_empty_report_is_one_sentence() -> None:
    assert render(make_empty()) == "<!-- tenfold-report -->\n\n## Tenfold: empty\n\nNo score, 0 findings.\n"

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tenfold.report.text import render
from tests.report.sample import make_empty, make_sample


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, verbose: bool) -> None:
    lines = render(make_sample(), width=width, verbose=verbose).splitlines()
    assert max(cell_len(line) for line in lines) <= width


def test_without_colour_there_is_no_escape_sequence_and_no_trailing_space() -> None:
    text = render(make_sample())
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_colour_changes_no_word() -> None:
    coloured = render(make_sample(), colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render(make_sample()).splitlines()


def test_colour_lets_no_sequence_of_the_project_through() -> None:
    coloured = render(make_sample(), colour=True)
    assert "\\x1b[31mred" in coloured
    assert "\x1b[31mred" not in coloured


def test_the_header_says_what_was_judged() -> None:
    text = render(make_sample())
    assert text.startswith("Tenfold 0.1.0  shop & <sons>\n")
    assert "shop.settings.production (Procfile:1)" in text
    assert "Django 5.2.8, Python 3.12" in text
    assert "214 files, 18,402 lines in 1.23 s" in text
    assert "from source only: not asked: standard input is no terminal" in text


def test_each_topic_has_its_score_and_visible_weight() -> None:
    text = render(make_sample(), width=140)
    assert re.search(r"score +35 +█{7}░{13} +weight 34", text)
    assert re.search(r"settings +49 +█{10}░{10} +3 of 13 +1 broken, 1 held; capped at 49", text)
    assert re.search(r"assets +none", text)


def test_a_finding_says_where_what_seen_and_the_change() -> None:
    text = render(make_sample())
    block = text[text.index(" CRITICAL ") : text.index("database  0 of 100")]
    for part in (
        "DEBUG is on in production  settings/debug-off",
        "why     With DEBUG on, Django keeps every SQL query",
        "shop/settings/production.py:12  proven; in request, task",
        "DEBUG is read from the environment and is True when DJANGO_DEBUG is not set.",
        "seen    production value depends on DJANGO_DEBUG, default True",
        "also    shop/settings/base.py:4, Procfile",
        'change  DEBUG = env.bool("DJANGO_DEBUG", default=False)',
        "mend    tenfold fix\n",
    ):
        assert part in block


def test_topics_come_worst_first() -> None:
    text = render(make_sample())
    places = [
        text.index(f"\n{name} of 100") for name in ("settings  49", "database  0", "serving  0", "http  0")
    ]
    assert places == sorted(places)


def test_many_places_of_one_practice_are_folded_unless_verbose() -> None:
    text = render(make_sample(places=28))
    assert "and 25 more, --verbose" in text
    assert "job_003.py" not in text
    verbose = render(make_sample(places=28), verbose=True)
    assert "job_027.py" in verbose
    assert "--verbose" not in verbose


def test_many_findings_that_count_are_folded_too() -> None:
    report = make_sample()
    verdict = report.verdicts[0]
    found = verdict.findings[0]
    many = tuple(
        replace(found, finding=replace(found.finding, where=replace(found.finding.where, line=line)))
        for line in range(1, 31)
    )
    folded = render(replace(report, verdicts=(replace(verdict, findings=many),)))
    assert "  and 25 more, --verbose\n" in folded
    assert folded.count("change  ") == 1


def test_what_does_not_count_stands_apart_after_what_counts() -> None:
    text = render(make_sample())
    assert text.index("worth a look  28 findings; none counts") > text.index("http/named-urls")
    assert text.index("observability/no-print") > text.index("worth a look")


def test_what_could_not_be_told_or_read_is_said_with_its_reason() -> None:
    text = render(make_sample(), width=140)
    assert "cache/shared-cache  CACHES is built by a function that Tenfold cannot follow" in text
    assert "security/deploy-check  the check failed: KeyError: 'DATABASES'" in text
    assert "shop/broken.py:4  does not parse: invalid syntax; correct the line" in text
    assert "shop/a.py:5  tenfold: allow[http/named-urls]" in text
    assert "cache/shared-cache shop.settings CACHES" in text


def test_the_end_counts_and_names_the_next_command() -> None:
    *_, counts, following = render(make_sample(), width=180).splitlines()
    assert counts == (
        "4 findings (1 critical, 2 high, 1 low) and 28 suspicions;"
        " hidden: 1 baseline, 1 before diff base, 1 suppressed;"
        " fails: 3 at or above high, 1 obsolete baseline entry, 1 failed check"
    )
    assert following == "1 finding can be mended: tenfold fix shows the diff; 1 more with --unsafe"


def test_hidden_findings_are_not_listed() -> None:
    text = render(make_sample(), verbose=True)
    assert "shop/legacy.py" not in text
    assert "shop/before.py" not in text


def test_an_empty_report_claims_no_success() -> None:
    assert render(make_empty()).endswith("0 findings\nNothing could be judged.\n")

"""The table in the README of the reference project: every practice, each with a file that is there."""

from __future__ import annotations

import re

from tenfold.practices.catalogue import rows
from tests.reference.template_copy import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"^\| ([a-z]+/[a-z0-9-]+) \| (.+) \|$", TEXT, re.MULTILINE))
NOT_SHOWN = dict(re.findall(r"^- ([a-z]+/[a-z0-9-]+): (.+)$", TEXT, re.MULTILINE))
CATALOGUE = {row.id for row in rows()}


def test_every_practice_is_shown_or_named_as_not_shown() -> None:
    assert set(SHOWN) | set(NOT_SHOWN) == CATALOGUE
    assert set(SHOWN) & set(NOT_SHOWN) == set()


def test_no_practice_stands_in_the_table_twice() -> None:
    named = re.findall(r"^(?:\| |- )([a-z]+/[a-z0-9-]+)(?: \||:)", TEXT, re.MULTILINE)
    assert len(named) == len(set(named))


def test_every_file_that_the_table_names_exists() -> None:
    linked = {practice: re.findall(r"\]\(([^)]+)\)", cells) for practice, cells in SHOWN.items()}
    assert [practice for practice, paths in linked.items() if not paths] == []
    missing = [path for paths in linked.values() for path in paths if not (ROOT / path).is_file()]
    assert missing == []

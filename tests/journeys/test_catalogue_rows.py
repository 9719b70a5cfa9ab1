"""What the catalogue says that the blocks and the template provide, seen by the audit of a project made of them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.practices import PARTS, is_provided
from tenfold.practices.catalogue import entries, rows
from tests.rules.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practices.catalogue import Row

PROVIDERS: tuple[str, ...] = (
    "template",
    "django_tenfold.conf",
    "django_tenfold.accounts",
    "django_tenfold.tasks",
)
PROVIDERS = (*PROVIDERS, "django_tenfold.observability", "+ conf", "+ observability")
PROVIDERS = (*PROVIDERS, *(f"django_tenfold.{block}" for block in ("api", "cache", "db", "search")))
PROVIDERS = (*PROVIDERS, "reference leaderboard")
PROVIDED = [row for row in rows() if any(name in row.provided_by for name in PROVIDERS)]
NOT_JUDGED = {
    "cache/queries": "only a trace of the queries tells which of them repeat",
    "cache/resources": "only a trace of the queries tells which rows are hot",
    "database/partitioning": "only the database tells how long a table is",
    "database/replica-routing": "whether a replica is there, only the deployment tells",
}
"""Rows that a block provides and that no practice judges, with the reason."""
ROWS = [row for row in PROVIDED if row.id not in NOT_JUDGED]
OF_NO_CONCERN = {
    "settings/sites-framework": "neither uses the sites framework",
}
"""Rows that an audit of both projects rightly leaves out."""


def audit(project: Path) -> dict[str, str]:
    """Outcome by practice."""
    words = [sys.executable, "-m", "tenfold", "audit", str(project), "--no-probe", "--format", "json"]
    done = subprocess.run([*words, "--fail-on", "never"], capture_output=True, text=True, check=True)
    return {one["practice"]: one["outcome"] for one in json.loads(done.stdout)["verdicts"]}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """Of a project that was just made, and of the reference project."""
    home = tmp_path_factory.mktemp("new")
    words = [sys.executable, "-m", "tenfold", "new", "storefront", "--no-install"]
    subprocess.run(words, cwd=home, capture_output=True, check=True)
    return audit(home / "storefront"), audit(ROOT / "reference")


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_what_the_catalogue_says_is_provided_is_held_by_a_project_that_has_it(
    row: Row, outcomes: tuple[dict[str, str], dict[str, str]]
) -> None:
    assert is_provided(row.provided_by), f"{row.provided_by} is not all there"
    assert row.id in {entry.practice.id for entry in entries()}, "no practice judges it"
    found = {of[row.id] for of in outcomes}
    if row.id in OF_NO_CONCERN:
        assert found == {"not applicable"}
    else:
        assert "held" in found
        assert found <= {"held", "not applicable"}


def test_a_row_that_is_said_not_to_be_judged_is_provided_and_has_no_practice() -> None:
    judged = {entry.practice.id for entry in entries()}
    assert set(NOT_JUDGED) <= {row.id for row in PROVIDED}
    assert judged.isdisjoint(NOT_JUDGED), "a practice judges it now: take it off the list"


def test_the_leaderboard_of_the_reference_project_is_there_and_stands_on_the_figures_of_the_block() -> None:
    folder = ROOT / "reference" / "leaderboard"
    text = (folder / "standings.py").read_text(encoding="utf-8")
    assert f"from {PARTS['reference leaderboard']} import Percentile, Rank" in text
    assert (folder / "views.py").is_file()

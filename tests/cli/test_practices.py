from __future__ import annotations

import json

import pytest

from tenfold.cli.main import main
from tenfold.cli.practices import PARTS, is_provided
from tenfold.practices.catalogue import entries, rows

Output = pytest.CaptureFixture[str]


def test_the_whole_catalogue_is_listed_with_its_state(capsys: Output) -> None:
    assert main(["practices", "--json"]) == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)["practices"]}
    judged = {entry.practice.id: entry for entry in entries()}
    assert set(listed) == {row.id for row in rows()} | set(judged)
    assert {name for name, one in listed.items() if one["judged"]} == set(judged)
    assert all(bool(listed[name]["fix"]) == bool(entry.practice.fix) for name, entry in judged.items())
    assert listed["cache/shared-cache"]["provided_by"] == "stack service cache + conf"
    assert listed["cache/shared-cache"]["provided"] is True
    assert listed["database/partitioning"]["provided"] is False
    assert listed["database/indexes"]["proven_by"] == "time before and after"


def test_the_table_names_every_practice_and_counts_them(capsys: Output) -> None:
    main(["practices"])
    out = capsys.readouterr().out
    assert all(row.id in out for row in rows())
    assert f"{len(entries())} judged" in out


def test_one_topic_is_listed(capsys: Output) -> None:
    main(["practices", "--topic", "cache", "--json"])
    listed = json.loads(capsys.readouterr().out)["practices"]
    assert {one["topic"] for one in listed} == {"cache"}


def test_an_unknown_topic_is_a_usage_error(capsys: Output) -> None:
    assert main(["practices", "--topic", "caching"]) == 2
    assert "Topics: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("parts", "there"),
    [
        ("", False),
        ("stack", True),
        ("stack service edge", True),
        ("stack service worker (flower)", True),
        ("stack service edge (cache) and varnish", True),
        ("stack service edge (cache) and elsewhere", False),
        ("stack service logs", False),
        ("stack export alert rules", True),
        ("stack export (Patroni)", False),
        ("audit --database", False),
        ("audit --diff-base", True),
        ("release gate", False),
        ("stack + units", True),
        ("stack + django_tenfold.nothing_of_the_kind", False),
        ("stack service cache + conf", True),
        ("template (django-storages)", True),
        ("template .gitignore", True),
        ("template .no-such-file", False),
        ("django_tenfold.db counters", True),
        ("django_tenfold.db partitions", False),
        ("reference leaderboard", True),
        ("reference leagues", False),
    ],
)
def test_a_practice_is_provided_when_every_part_that_it_names_is_there(parts: str, there: bool) -> None:
    assert is_provided(parts) is there


def test_a_part_of_a_block_is_asked_for_by_its_own_module() -> None:
    parts = {part.strip() for row in rows() for part in row.provided_by.split("+")}
    of_blocks = {part for part in parts if part.startswith("django_tenfold.") and " " in part}
    assert of_blocks | {"reference leaderboard"} == set(PARTS)

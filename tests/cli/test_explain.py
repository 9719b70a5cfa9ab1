from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tenfold.cli.main import main
from tenfold.practices.catalogue import entries, rows

if TYPE_CHECKING:
    from pathlib import Path

Output = pytest.CaptureFixture[str]


def test_a_page_shows_the_claim_the_weight_the_fix_and_the_examples(capsys: Output) -> None:
    assert main(["explain", "settings/debug-off"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("settings/debug-off: DEBUG is off in production")
    assert "critical (weighs 10 in the score)" in out
    assert "by `tenfold fix --apply`" in out
    assert "\nBreaks it: reported at config/settings.py:3\n  config/settings.py\n  | " in out
    assert "\nMended: after `tenfold fix --apply`\n" in out
    assert "\nLooks alike: not reported, for " in out
    assert "tenfold: allow[settings/debug-off]" in out


def test_every_id_of_the_catalogue_and_beyond_is_explained(capsys: Output) -> None:
    for name in {row.id for row in rows()} | {entry.practice.id for entry in entries()}:
        assert main(["explain", name]) == 0
        assert capsys.readouterr().out.startswith(f"{name}: ")


def test_a_practice_that_is_not_judged_yet_is_said_to_be_so(capsys: Output) -> None:
    judged = {entry.practice.id for entry in entries()}
    planned = next(row.id for row in rows() if row.id not in judged)
    main(["explain", planned])
    assert "not judged yet" in capsys.readouterr().out


def test_a_topic_lists_its_practices(capsys: Output) -> None:
    main(["explain", "database"])
    out = capsys.readouterr().out
    assert "database/pooler" in out
    assert "settings/" not in out


def test_the_configuration_is_explained(capsys: Output) -> None:
    main(["explain", "configuration"])
    assert 'fail-on = "critical"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("settings/debug-of", "settings/debug-off"),
        ("debug-off", "settings/debug-off"),
        ("databse", "database"),
        ("DEBUG_OFF", "settings/debug-off"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name: str, meant: str, capsys: Output) -> None:
    assert main(["explain", name]) == 2
    assert f'Did you mean "{meant}"?' in capsys.readouterr().err


def test_the_configuration_of_the_stack_is_explained_too(capsys: Output) -> None:
    main(["explain", "configuration"])
    out = capsys.readouterr().out
    assert "[tool.tenfold.up], or [up] in tenfold.toml:" in out
    assert "\nworker-concurrency = 4\n" in out


def test_the_topology_of_this_machine_is_explained(capsys: Output) -> None:
    assert main(["explain", "topology"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Topology for ")
    assert "\nSum of database connections\n" in out
    assert "\nSum of memory\n" in out


def test_the_topology_is_given_as_json(capsys: Output) -> None:
    assert main(["explain", "topology", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["numbers"]["app.workers"]["reason"]
    assert data["connections"]["sum"] <= data["connections"]["admitted"]


def test_the_topology_of_a_project_follows_its_facts_and_configuration(
    capsys: Output, tmp_path: Path
) -> None:
    write_project(tmp_path, 'server = "gunicorn"\ntimeout = 50\nreplicas = 0\n')
    assert main(["explain", "topology", str(tmp_path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["work"]["server"] == "gunicorn"
    assert data["work"]["tasks"] is False
    assert data["numbers"]["timeouts.app"]["value"] == 50
    assert {share["service"] for share in data["memory"]["shares"]} & {"replica-1", "worker"} == set()


def test_a_topology_that_does_not_fit_is_refused_with_its_sum(capsys: Output, tmp_path: Path) -> None:
    write_project(tmp_path, "max_connections = 14\n")
    assert main(["explain", "topology", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "do not fit the 14 that PostgreSQL admits" in error
    assert "Set max-connections to" in error


@pytest.mark.parametrize("words", [["database", "."], ["settings/debug-off", "--json"]])
def test_a_path_and_json_belong_to_the_topology_alone(words: list[str], capsys: Output) -> None:
    assert main(["explain", *words]) == 2
    assert "belong to `tenfold explain topology`" in capsys.readouterr().err


def write_project(root: Path, configuration: str) -> None:
    (root / "manage.py").write_text(
        'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n', encoding="utf-8"
    )
    (root / "shop").mkdir()
    (root / "shop" / "__init__.py").write_text("", encoding="utf-8")
    (root / "shop" / "settings.py").write_text('SECRET_KEY = "x"\nINSTALLED_APPS = []\n', encoding="utf-8")
    (root / "shop" / "wsgi.py").write_text("application = None\n", encoding="utf-8")
    (root / "tenfold.toml").write_text(f'[up]\npooler = "persistent"\n{configuration}', encoding="utf-8")

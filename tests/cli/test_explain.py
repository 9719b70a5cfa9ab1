from __future__ import annotations

import pytest

from tenfold.cli.main import main
from tenfold.practices.catalogue import entries, rows

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

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("kloc", "cold", "ruff", "met"),
    [
        (160, 2.4, 0.1, True),  # slow beside ruff, fast enough in itself
        (160, 3.9, 1.0, True),  # slow in itself, within four times ruff
        (160, 2.6, 0.1, False),
        (45, 2.4, 0.1, True),  # a start costs the same in a small project
        (320, 4.9, 0.1, True),
        (850, 14.9, 1.0, True),
        (850, 15.1, 9.0, False),
    ],
)
def test_the_cold_target_is_the_larger_of_two(kloc: int, cold: float, ruff: float, *, met: bool) -> None:
    from audit_speed import summarise
    from measuring.processes import Times

    found = summarise(Times((cold, cold + 1)), Times((0.1,)), Times((ruff,)), kloc)
    assert found["targets"]["cold"] is met
    assert found["cold_to_ruff"] == round(cold / ruff, 2)
    assert found["cold_ms_per_kloc"] == pytest.approx(1000 * cold / kloc, abs=0.01)


def test_the_local_rules_are_as_many_as_the_registry_has_for_django() -> None:
    from audit_speed import make_rules

    rules = yaml.safe_load(make_rules())["rules"]
    assert len(rules) == 71
    assert len({rule["message"] for rule in rules}) == 71
    assert all({"id", "languages", "severity", "message", "patterns"} == set(rule) for rule in rules)


def test_lines_are_counted_without_git_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit_speed import count_lines

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "views.py").write_text("a = 1\nb = 2\n")
    (tmp_path / "notes.txt").write_text("no\ncode\n")
    assert count_lines(tmp_path) == 2


def test_nothing_to_measure_is_said_and_overwrites_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import audit_speed

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(audit_speed, "write_results", refuse)
    monkeypatch.setattr("sys.argv", ["audit_speed.py"])
    monkeypatch.delenv("TENFOLD_CHECKOUTS", raising=False)
    assert audit_speed.main() == 0
    assert "TENFOLD_CHECKOUTS" in capsys.readouterr().out

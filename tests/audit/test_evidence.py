from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.audit.evidence import lower_confidence, raise_evidence
from tenfold.practice import Confidence, Evidence
from tenfold.project.model import Known, Location
from tenfold.project.probed import Probed
from tenfold.project.settings import Possible, Settings
from tests.builders import make_finding, make_practice, make_project

if TYPE_CHECKING:
    from pathlib import Path

PRACTICE = make_practice("settings/debug-off")


def judge(
    root: Path, symbol: str, *, probed: bool = True, exact: bool = True, path: str = "s.py"
) -> Evidence:
    settings = Settings(
        Known("s"),
        path="s.py",
        files=("s.py",),
        values={"DEBUG": (Possible(True, Location("s.py", 1), exact=exact),)},
        exact=probed,
    )
    told = Probed("3.13", "6.1", "python", "s", {"DEBUG": True, "ADMINS": ["a"]}, (), {})
    finding = make_finding(PRACTICE, path, 1, "found", symbol=symbol)
    return raise_evidence(finding, make_project(root, settings=settings, probed=Known(told))).evidence


def test_a_setting_that_the_probe_resolved_is_proven(tmp_path: Path) -> None:
    assert judge(tmp_path, "DEBUG") is Evidence.PROVEN


def test_a_key_inside_a_resolved_setting_is_proven(tmp_path: Path) -> None:
    assert judge(tmp_path, "DEBUG.inner") is Evidence.PROVEN


def test_a_setting_absent_from_resolved_settings_is_proven_unset(tmp_path: Path) -> None:
    assert judge(tmp_path, "LOGGING") is Evidence.PROVEN


@pytest.mark.parametrize(
    ("symbol", "options"),
    [
        ("DEBUG", {"probed": False}),
        ("DEBUG", {"exact": False}),
        ("DEBUG", {"path": "urls.py"}),
        ("shop.views", {}),
        ("ADMINS", {}),
    ],
)
def test_what_the_probe_did_not_confirm_stays_suspected(
    tmp_path: Path, symbol: str, options: dict[str, object]
) -> None:
    assert judge(tmp_path, symbol, **options) is Evidence.SUSPECTED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "confidence"), [("s.py", Confidence.PREVIEW), ("base.py", Confidence.PREVIEW), ("urls.py", None)]
)
def test_what_rests_on_doubtful_settings_is_a_preview(
    tmp_path: Path, path: str, confidence: Confidence | None
) -> None:
    settings = Settings(Known("s"), path="s.py", files=("base.py", "s.py"), doubt="s serves development")
    finding = make_finding(PRACTICE, path, 1, "found")
    lowered = lower_confidence(finding, make_project(tmp_path, settings=settings))
    assert lowered.confidence is (confidence or finding.confidence)

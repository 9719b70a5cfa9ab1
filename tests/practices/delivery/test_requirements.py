from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Confidence
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path


def test_ranges_in_a_packages_metadata_are_less_sure_than_in_requirements(tmp_path: Path) -> None:
    metadata = '[project]\nname = "shop"\ndependencies = ["django>=5.2"]\n'
    files = {"pyproject.toml": metadata, "requirements.txt": ""}
    (declared,) = find_in(tmp_path / "metadata", "delivery/requirements", files)
    (listed,) = find_in(tmp_path / "list", "delivery/requirements", {"requirements.txt": "django>=5.2\n"})
    assert (declared.confidence, listed.confidence) == (Confidence.MEDIUM, Confidence.HIGH)

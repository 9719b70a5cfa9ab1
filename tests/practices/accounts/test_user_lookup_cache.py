from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import CannotTell, NotApplicable
from tenfold.practices.accounts.user_lookup_cache import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

CASES = {
    'MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\n': NotApplicable,
    'MIDDLEWARE = ["shop.middleware.TokenAuthentication"]\n': CannotTell,
    'from logs import add\nMIDDLEWARE = add(["django.middleware.common.CommonMiddleware"])\n': CannotTell,
    "DEBUG = False\n": CannotTell,
}


@pytest.mark.parametrize("settings", CASES)
def test_what_cannot_be_told_is_no_finding(tmp_path: Path, settings: str) -> None:
    write_project(tmp_path, {"config/settings.py": settings})
    (told,) = check(read_project(tmp_path))
    assert isinstance(told, CASES[settings])

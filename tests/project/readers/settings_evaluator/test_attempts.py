from __future__ import annotations

from typing import TYPE_CHECKING

from tests.project.readers.settings_reading import all_values, read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_library_for_settings_is_no_module_of_the_project_s_own(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "try:\n    import pydantic_settings\n    A = 1\nexcept ImportError:\n    A = 2\n"
    )
    assert [found for found, _ in all_values(settings, "A")] == [1, 2]
    assert settings.overrides == ()


def test_an_own_module_that_is_absent_leaves_the_values_without_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path, "A = 1\ntry:\n    from local_settings import *\nexcept ImportError:\n    pass\n"
    )
    assert all_values(settings, "A") == [(1, "")]
    assert [name for _, name in settings.overrides] == ["local_settings"]

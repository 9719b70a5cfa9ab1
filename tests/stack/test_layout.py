from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.errors import TenfoldError
from tenfold.project.model import Known, Unknown
from tenfold.project.repository import Repository
from tenfold.project.settings import Settings
from tenfold.stack.layout import find_folder, find_paths, settings_module
from tests.builders import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Project


def project_of(root: Path, path: str, *manage: str, module: str = "shop.settings") -> Project:
    settings = Settings(module=Known(module), path=path)
    return make_project(root, settings=settings, repository=Repository(manage=manage))


def test_commands_run_where_manage_stands(tmp_path: Path) -> None:
    assert find_folder(project_of(tmp_path, "shop/settings.py", "manage.py")) == str(tmp_path)
    nested = project_of(tmp_path, "src/shop/settings/__init__.py", "sandbox/manage.py", "src/manage.py")
    assert find_folder(nested) == f"{tmp_path}/src"


def test_without_manage_they_run_where_the_settings_are_imported_from(tmp_path: Path) -> None:
    assert find_folder(project_of(tmp_path, "src/shop/settings.py")) == f"{tmp_path}/src"


def test_both_folders_are_on_the_path_when_they_differ(tmp_path: Path) -> None:
    project = project_of(tmp_path, "src/shop/settings.py", "manage.py")
    assert find_paths(project) == (str(tmp_path), f"{tmp_path}/src")


def test_settings_that_nothing_names_are_asked_for(tmp_path: Path) -> None:
    project = make_project(tmp_path, settings=Settings(module=Unknown("there are two")))
    with pytest.raises(TenfoldError, match="--settings MODULE"):
        settings_module(project)

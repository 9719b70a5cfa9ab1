from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.scaffold.rendering import (
    PLACEHOLDER,
    brought_names,
    render_environment,
    render_project,
    title_of,
    top_names,
)
from tests.rules.repository import tracked_files

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = "src/tenfold/template/"
LONG = "a" * 30


def test_a_project_has_the_files_that_the_repository_has_and_no_other() -> None:
    kept = {path.removeprefix(TEMPLATE) for path in tracked_files() if path.startswith(TEMPLATE)}
    assert {file.path for file in render_project(PLACEHOLDER)} == kept


def test_nothing_of_the_placeholder_is_left() -> None:
    for file in render_project("my_shop"):
        assert PLACEHOLDER not in (file.path + file.text).lower(), file.path


def test_the_name_is_in_paths_and_texts_and_read_by_people_as_words() -> None:
    files = {file.path: file.text for file in render_project("my_shop")}
    assert "my_shop.settings" in files["manage.py"]
    assert 'ROOT_URLCONF = "my_shop.urls"' in files["my_shop/settings.py"]
    assert "Welcome to My shop" in files["templates/pages/home.html"]
    assert title_of("my_shop") == "My shop"


@pytest.mark.parametrize("name", ["a", "my_shop", LONG])
def test_a_name_of_any_length_leaves_the_code_as_the_formatter_wants_it(tmp_path: Path, name: str) -> None:
    for file in render_project(name):
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_text(file.text, encoding="utf-8")
        if file.path.endswith(".py"):
            ast.parse(file.text, file.path)
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_only_the_command_line_of_django_can_be_run() -> None:
    assert [file.path for file in render_project("shop") if file.mode == 0o755] == ["manage.py"]


def test_the_environment_of_development_is_for_its_owner_alone() -> None:
    file = render_environment("s" * 50)
    assert (file.path, file.mode) == (".env", 0o600)
    assert f"\nDEBUG=true\nSECRET_KEY={'s' * 50}\n" in file.text


def test_the_environment_of_development_is_kept_out_of_git_and_of_the_image() -> None:
    files = {file.path: file.text.splitlines() for file in render_project("shop")}
    assert ".env" in files[".gitignore"]
    assert ".env" in files[".dockerignore"]


def test_what_stands_beside_the_package_and_what_it_installs_are_known_by_name() -> None:
    assert {"people", "pages", "static", "templates", "requirements", "manage"} <= top_names()
    assert PLACEHOLDER not in top_names()
    assert {"django", "celery", "silk", "debug_toolbar", "zeal", "tenfold"} <= brought_names()

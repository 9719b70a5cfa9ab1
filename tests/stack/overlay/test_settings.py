from __future__ import annotations

import ast
import json
import sys

import pytest

from tenfold.stack.overlay.settings import SCRIPTS, overlay_changes, overlay_files, overlay_parts
from tests.stack.example_site import make_site
from tests.stack.overlay.tiny_project import SCRIPTS as FOLDER

ALLOWED = {"django", "celery", "configurations", "psycopg_pool", *sys.stdlib_module_names}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_runs_in_the_project_parses_on_python_3_8(name: str) -> None:
    ast.parse((FOLDER / name).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_runs_in_the_project_brings_nothing_of_its_own(name: str) -> None:
    for node in ast.walk(ast.parse((FOLDER / name).read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        own = {script.removesuffix(".py") for script in SCRIPTS}
        assert {name.partition(".")[0] for name in names} <= ALLOWED | own


def test_every_script_of_the_folder_is_put_over_the_project() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.py")) == sorted(SCRIPTS)


def test_the_overlay_is_a_pure_function_of_its_site() -> None:
    site = make_site()
    assert overlay_files(site) == overlay_files(site)
    paths = [file.path for file in overlay_files(site)]
    assert len(set(paths)) == len(paths)
    assert all(path.startswith("overlay/") for path in paths)


def test_what_holds_the_password_is_for_its_owner_alone() -> None:
    site = make_site()
    (described,) = (file for file in overlay_files(site) if file.path.endswith(".json"))
    assert described.mode == 0o600
    operations = json.loads(described.text)["operations"]
    assert len(operations) == sum(len(part.operations) for part in overlay_parts(site))


def test_no_secret_is_shown_in_the_plan() -> None:
    site = make_site()
    shown = " ".join(f"{change.what} {change.value} {change.why}" for change in overlay_changes(site))
    assert not any(secret in shown for secret in site.secrets.values())

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.builders import write_files
from tests.stack.overlay.tiny_project import SQLITE, clean_environment, run_python, stand_up

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.stack.site import Site

SETTINGS = f"SECRET_KEY = 'x'\nDATABASES = {SQLITE}\n"


def make(tmp_path: Path) -> Site:
    site = stand_up(tmp_path, {"shop/__init__.py": "", "shop/settings.py": SETTINGS})
    write_files(
        tmp_path / ".tenfold/packages", {"lacking.py": "WHERE = __file__", "shop.py": "raise SystemExit(9)"}
    )
    return site


def test_packages_stand_at_the_end_of_the_path(tmp_path: Path) -> None:
    site = make(tmp_path)
    code = "import sys, lacking, shop; print(sys.path[-1] == lacking.WHERE.rpartition('/')[0], shop.__file__)"
    assert run_python(site, code) == f"True {tmp_path}/shop/__init__.py"


def test_a_module_of_the_packages_can_be_started_by_name(tmp_path: Path) -> None:
    site = make(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "lacking"],
        cwd=tmp_path,
        env={**clean_environment(), **site.environment},
        check=False,
    )
    assert ran.returncode == 0


def test_a_spawned_child_finds_the_packages_too(tmp_path: Path) -> None:
    site = make(tmp_path)
    code = (
        "import multiprocessing, importlib\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "    print(pool.apply(importlib.import_module, ('lacking',)) if False else"
        " pool.apply(eval, ('__import__(\"lacking\").__name__',)))"
    )
    assert run_python(site, code) == "lacking"


def test_another_version_of_python_gets_none_of_the_packages(tmp_path: Path) -> None:
    site = make(tmp_path)
    environment = {**clean_environment(), **site.environment, "TENFOLD_PYTHON": "3.7"}
    ran = subprocess.run(
        [sys.executable, "-c", "import lacking"], env=environment, capture_output=True, check=False
    )
    assert b"ModuleNotFoundError" in ran.stderr


def test_the_hidden_sitecustomize_of_the_environment_runs_as_well(tmp_path: Path) -> None:
    site = make(tmp_path)
    write_files(tmp_path, {"sitecustomize.py": "import sys; sys.theirs = True"})
    assert run_python(site, "import sys; print(sys.theirs)") == "True"


def test_bytecode_of_the_project_stays_out_of_it(tmp_path: Path) -> None:
    site = make(tmp_path)
    run_python(site, "import shop.settings")
    assert not list((tmp_path / "shop").rglob("*.pyc"))
    assert list((tmp_path / ".tenfold/cache/python/shop").rglob("settings.*.pyc"))

from __future__ import annotations

import re

import tenfold
from tests.rules.repository import text_of, tracked_files

FOLDER = "src/tenfold/template/requirements/"
PIN = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[a-z,0-9]+\])?==([\w.]+)(; python_version [<>=]+ \"[\d.]+\")?")


def pins(path: str) -> dict[tuple[str, str], str]:
    """(name, marker) -> version."""
    found = {}
    for line in text_of(path).splitlines():
        if line and not line.startswith(("#", "-")):
            match = PIN.fullmatch(line)
            assert match, f"{path}: {line}"
            found[match[1].lower().replace("_", "-"), match[3] or ""] = match[2]
    return found


def test_a_new_project_installs_what_this_repository_is_tested_with() -> None:
    tested = pins("requirements/dev.txt")
    for name in ("production.txt", "development.txt"):
        for (package, marker), version in pins(FOLDER + name).items():
            if package != "tenfold":
                assert tested.get((package, marker)) == version, f"{name}: {package}"


def test_a_new_project_pins_the_tenfold_that_made_it() -> None:
    assert pins(FOLDER + "production.txt")["tenfold", ""] == tenfold.__version__


def test_development_repeats_nothing_that_production_has() -> None:
    assert not pins(FOLDER + "development.txt").keys() & pins(FOLDER + "production.txt").keys()


def test_hooks_run_the_versions_that_are_pinned() -> None:
    hooks = text_of("src/tenfold/template/.pre-commit-config.yaml")
    tested = pins("requirements/dev.txt")
    assert f"rev: v{tested['ruff', '']}" in hooks
    assert f"rev: {tested['django-upgrade', '']}" in hooks


def test_no_other_file_of_the_template_pins_a_version_of_python_below_the_newest_django() -> None:
    """Django 6.1 asks for 3.12: the image and CI bring it."""
    for path in tracked_files():
        if path.startswith("src/tenfold/template/"):
            for version in re.findall(r"python:(3\.\d+)|python-version: \"(3\.\d+)\"", text_of(path)):
                assert (int("".join(version).partition(".")[2])) >= 12, path

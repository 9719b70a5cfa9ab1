from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Known, Unknown
from tenfold.project.readers.interpreter import find_interpreter, judge_interpreter

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Fact

pytest.importorskip("django")
GOOD = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
SHIM = "#!/bin/sh\necho 'pyenv: python: command not found' >&2\nexit 127\n"


def make_python(folder: Path, script: str = GOOD) -> Path:
    """An executable folder/bin/python, in an environment."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(script)
    python.chmod(0o755)
    (folder / "pyvenv.cfg").write_text("")
    return python


def find(root: Path, given: Path | None = None, **environment: str) -> Fact[Path]:
    return find_interpreter(root, given=given, environment={"PATH": "", **environment})


def test_the_given_interpreter_is_taken_alone(tmp_path: Path) -> None:
    make_python(tmp_path / ".venv")
    given = make_python(tmp_path / "other")
    assert find(tmp_path, given) == Known(given, exact=True)
    broken = find(tmp_path, tmp_path / "absent")
    assert isinstance(broken, Unknown)
    assert "--python" in broken.why
    assert "no such file" in broken.why


def test_the_active_environment_comes_before_that_in_the_project(tmp_path: Path) -> None:
    make_python(tmp_path / "project" / ".venv")
    active = make_python(tmp_path / "active")
    assert find(tmp_path / "project", VIRTUAL_ENV=str(tmp_path / "active")) == Known(active, exact=True)


@pytest.mark.parametrize("name", [".venv", "venv", "env", "odd"])
def test_an_environment_in_the_project_is_found(tmp_path: Path, name: str) -> None:
    assert find(tmp_path) != Known(make_python(tmp_path / name), exact=True)  # not there before
    assert find(tmp_path) == Known(tmp_path / name / "bin" / "python", exact=True)


def test_a_shim_that_fails_is_no_interpreter(tmp_path: Path) -> None:
    make_python(tmp_path / ".venv", SHIM)
    good = make_python(tmp_path / "venv")
    assert find(tmp_path) == Known(good, exact=True)


def test_what_was_tried_is_told_with_what_to_do(tmp_path: Path) -> None:
    make_python(tmp_path / ".venv", SHIM)
    found = find(tmp_path)
    assert isinstance(found, Unknown)
    assert "command not found" in found.why
    assert "--python" in found.why


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("[[3, 13], null]", "no Django"),
        ('[[3, 7], "3.2"]', "older than 3.8"),
        ("hello", "no Python"),
    ],
)
def test_an_interpreter_that_cannot_serve_is_refused(tmp_path: Path, answer: str, why: str) -> None:
    assert why in judge_interpreter(make_python(tmp_path / "x", f"#!/bin/sh\necho '{answer}'\n"))


def test_pipenv_is_asked_where_a_pipfile_stands(tmp_path: Path) -> None:
    python = make_python(tmp_path / "store" / "shop-x1")
    tools = tmp_path / "tools"
    tools.mkdir()
    pipenv = tools / "pipenv"
    pipenv.write_text(f"#!/bin/sh\necho '{tmp_path}/store/shop-x1'\n")
    pipenv.chmod(0o755)
    root = tmp_path / "project"
    root.mkdir()
    assert isinstance(find(root, PATH=str(tools)), Unknown)
    (root / "Pipfile").write_text("")
    assert find(root, PATH=str(tools)) == Known(python, exact=True)

from __future__ import annotations

import pytest

from tenfold.project.model import Problem
from tenfold.project.readers.dependency_files.locks import read_lock

PACKAGE = '[[package]]\nname = "Foo_Bar"\nversion = "1.2"\n'


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (PACKAGE, "uv.lock"),
        (PACKAGE.replace("\n", "\r\n"), "poetry.lock"),
        ('[[packages]]\nversion = "1.2"\nmarker = "x"\nname = "foo-bar"\n[packages.a]\n', "pylock.toml"),
        ('{"default": {"foo.bar": {"version": "==1.2"}}, "develop": null}', "Pipfile.lock"),
    ],
)
def test_each_kind_of_lock_gives_names_and_versions(text: str, path: str) -> None:
    assert read_lock(text, path) == {"foo-bar": "1.2"}


def test_the_first_version_of_a_package_counts() -> None:
    assert read_lock(PACKAGE + PACKAGE.replace("1.2", "3"), "uv.lock") == {"foo-bar": "1.2"}


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (f"{PACKAGE}<<<<<<< HEAD\n{PACKAGE}", "uv.lock", 4),
        ("[[package]]\nbroken\n", "uv.lock", 0),
        ("{", "Pipfile.lock", 1),
    ],
)
def test_a_lock_that_cannot_be_used_is_a_problem(text: str, path: str, line: int) -> None:
    problem = read_lock(text, path)
    assert isinstance(problem, Problem)
    assert problem.where.line == line


def test_an_empty_lock_locks_nothing() -> None:
    assert read_lock("version = 1\n", "uv.lock") == {}

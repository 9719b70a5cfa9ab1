from __future__ import annotations

import ast
from pathlib import PurePosixPath

from tests.rules.repository import ROOT, listed, python_files, tracked_files, tree_of

NAMELESS = {"utils", "util", "core", "helpers", "helper", "common", "manager", "managers", "misc"}
FEWEST_WORDS = 4
# Folders of tests that are not about one module each.
ACROSS_MODULES = ("tests/live/", "tests/journeys/", "tests/reference/", "tests/rules/")
# Where the modules are that a folder of tests is about; everything else is about src/tenfold.
SUBJECTS = {
    "tests/django_tenfold/": "src/django_tenfold/",
    "tests/docs/": "docs/",
    "tests/demo/": "demo/",
    "tests/benchmarks/": "benchmarks/",
    "tests/tools/": "tools/",
}
# Tests of what a whole package promises: every practice's examples, lists of any kind as they are elsewhere.
OF_A_PACKAGE = {
    "tests/django_tenfold/api/drf/test_odd_cases.py",
    "tests/practices/test_examples.py",
    "tests/project/probe/test_probe_syntax.py",
}


def test_a_name_says_what_is_inside() -> None:
    breaches = [
        path
        for path in python_files("src", "tests", "docs")
        if NAMELESS & {*PurePosixPath(path).with_suffix("").parts}
    ]
    assert not breaches, listed(breaches, f"Name what it holds; none of {', '.join(sorted(NAMELESS))}:")


def test_a_test_is_named_by_the_sentence_it_proves() -> None:
    breaches = [
        f"{path}:{node.lineno} {node.name}"
        for path in python_files("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if len(node.name.removeprefix("test_").split("_")) < FEWEST_WORDS
    ]
    assert not breaches, listed(breaches, f"A test's name is a sentence of at least {FEWEST_WORDS} words:")


def subject_of(test: str) -> str:
    """The path, without suffix, of what a test file is about."""
    for folder, subject in {**SUBJECTS, "tests/": "src/tenfold/"}.items():
        if test.startswith(folder):
            inside = PurePosixPath(test.removeprefix(folder))
            name = inside.stem.removeprefix("test_").removesuffix("_fuzz")
            return f"{subject}{inside.with_name(name)}"
    raise AssertionError(test)


def test_tests_stand_where_their_module_stands() -> None:
    tests = [
        path
        for path in python_files("tests")
        if PurePosixPath(path).name.startswith("test_")
        if not path.startswith(ACROSS_MODULES) and path not in OF_A_PACKAGE
    ]
    bare = [str(PurePosixPath(path).with_suffix("")) for path in tracked_files()]
    known = {*bare, *(path.replace("-", "_") for path in bare)}  # pages, and folders of data
    breaches = [
        f"{test} (no {subject_of(test)}.py)"
        for test in tests
        if subject_of(test) not in known and not (ROOT / subject_of(test)).is_dir()
    ]
    assert not breaches, listed(breaches, "A test file mirrors the path of the module it tests:")


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {
        PurePosixPath(path).parent
        for path in python_files("tests")
        if PurePosixPath(path).name[:5] == "test_"
    }
    breaches = [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()]
    assert not breaches, listed(
        breaches, "Without an __init__.py two test files of one name collide; add one to:"
    )

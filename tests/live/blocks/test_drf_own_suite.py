"""REST framework's own tests, of the version that is installed, with what this block puts in its place.

The sources come from the package index when the test runs; nothing of them is kept here. They run as they are and with
compiled lists and the block's renderer put in: the same tests have to pass. Every test runs on SQLite, those of lists
on PostgreSQL too. A test that counts queries is held to at most as many. Where an answer differs by intent the tests
are named below, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.slow]

PLUGIN = Path(__file__).with_name("drf_suite")
LISTS = [
    f"tests/{name}"
    for name in (
        "generic_relations",
        "test_filters.py",
        "test_generics.py",
        "test_model_serializer.py",
        "test_multitable_inheritance.py",
        "test_one_to_one_with_inheritance.py",
        "test_pagination.py",
        "test_prefetch_related.py",
        "test_relations.py",
        "test_relations_hyperlink.py",
        "test_relations_pk.py",
        "test_relations_slug.py",
        "test_serializer.py",
        "test_serializer_bulk_update.py",
        "test_serializer_lists.py",
        "test_serializer_nested.py",
        "test_viewsets.py",
    )
]
"""What has to do with a list and a database: all that another database could tell from the first."""
MOCKED = "tests.test_pagination.TestCursorPagination"
VALUED = "tests.test_pagination.TestCursorPaginationWithValueQueryset"
KEYSET_DIFFERS = {
    **dict.fromkeys(
        [
            f"{MOCKED}.test_{name}"
            for name in (
                "cursor_pagination",
                "cursor_pagination_current_page_empty_forward",
                "cursor_pagination_current_page_empty_reverse",
                "cursor_pagination_with_page_size",
                "cursor_pagination_with_page_size_negative",
                "cursor_pagination_with_page_size_over_limit",
                "cursor_pagination_with_page_size_zero",
                "invalid_cursor",
            )
        ],
        "pages through a Python object that is no QuerySet",
    ),
    **dict.fromkeys(
        [
            f"{VALUED}.test_{name}"
            for name in (
                "cursor_pagination",
                "cursor_pagination_with_page_size_negative",
                "cursor_pagination_with_page_size_zero",
            )
        ],
        "expects the pages on the way back to overlap where values are equal ('paging artifact')",
    ),
    **dict.fromkeys(
        [
            f"{VALUED}.test_cursor_pagination_current_page_empty_forward",
            f"{VALUED}.test_cursor_pagination_current_page_empty_reverse",
        ],
        "makes a cursor of its own, unsigned",
    ),
    f"{VALUED}.test_invalid_cursor": "expects 404, where the answer is 400 with a reason",
}
RENDERER_DIFFERS = {
    "tests.test_renderers.JSONRendererTests.test_float_strictness": "orjson writes NaN as null"
}


class Suite:
    """The unpacked tests, and what ran of them."""

    def __init__(self, folder: Path, libraries: Path) -> None:
        self._folder, self._libraries = folder, libraries

    def start(self, name: str, *, put_in: str = "", paths: Iterable[str] = (), **environment: str) -> Run:
        report, counts = (self._folder.parent / f"{name}.{kind}" for kind in ("xml", "json"))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
        command += ["-p", "drop_in_plugin"] if put_in else []
        process = subprocess.Popen(
            [*command, f"--junitxml={report}", *paths],
            cwd=self._folder,
            env={
                **{key: told for key, told in os.environ.items() if not key.startswith("PYTEST")},
                "PYTHONPATH": os.pathsep.join(map(str, (self._libraries, PLUGIN))),
                "PYTHONDONTWRITEBYTECODE": "1",
                "DROP_IN": put_in,
                "DROP_IN_COUNTS": str(counts),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Run(process, report, counts)


class Run:
    def __init__(self, process: subprocess.Popen[str], report: Path, counts: Path) -> None:
        self._process, self._report, self._counts = process, report, counts

    def read_passed(self) -> set[str]:
        """The tests that passed, as tests.module.Class.test."""
        self.output, _ = self._process.communicate(timeout=240)
        assert self._process.returncode in (0, 1), self.output[-3000:]  # 1: tests failed, and are told of
        cases: dict[str, bool] = {}
        for case in ElementTree.parse(self._report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            passed = all(one.tag not in ("failure", "error", "skipped") for one in case)
            cases[name] = cases.get(name, True) and passed
        return {name for name, passed in cases.items() if passed}

    def count(self, what: str) -> int:
        found: int = json.loads(self._counts.read_text(encoding="utf-8"))[what]
        return found


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    folder = tmp_path_factory.mktemp("rest-framework")
    told = f"djangorestframework=={version('djangorestframework')}"
    run_pip("download", "--no-deps", "--no-binary", "djangorestframework", "--dest", str(folder), told)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (unpacked,) = (path.parent for path in folder.glob("*/pyproject.toml"))
    shutil.rmtree(unpacked / "rest_framework")  # the installed one is meant
    run_pip("install", "--no-deps", "--target", str(folder / "libraries"), "pytest-django>=4.5.2,<5")
    return Suite(unpacked, folder / "libraries")


def run_pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"the package index has no {arguments[-1]} for us: {done.stderr.strip()[-300:]}")


def test_every_test_passes_with_compiled_lists_that_passed_without(suite: Suite) -> None:
    plain, put_in = suite.start("plain"), suite.start("put-in", put_in="lists renderer")
    expected, passed = plain.read_passed(), put_in.read_passed()
    assert expected - passed == set(RENDERER_DIFFERS), put_in.output[-3000:]
    assert passed <= expected
    assert len(passed) > 1_000
    assert put_in.count("compiled") > 100


def test_the_tests_of_lists_pass_on_postgresql_too(suite: Suite, servers: Servers) -> None:
    address = servers.database_url()  # each run makes a database of its own: "test_" and the name
    plain = suite.start("plain-postgres", paths=LISTS, DATABASE_URL=f"{address}_plain")
    put_in = suite.start("put-in-postgres", put_in="lists", paths=LISTS, DATABASE_URL=f"{address}_put_in")
    expected = plain.read_passed()
    assert put_in.read_passed() == expected, put_in.output[-3000:]
    assert len(expected) > 400
    assert put_in.count("compiled") > 100


def test_keyset_pages_differ_where_it_is_said_and_nowhere_else(suite: Suite) -> None:
    paths = ["tests/test_pagination.py"]
    plain = suite.start("plain-pages", paths=paths)
    put_in = suite.start("pages", put_in="pages lists", paths=paths)
    expected, passed = plain.read_passed(), put_in.read_passed()
    assert expected - passed == set(KEYSET_DIFFERS), put_in.output[-3000:]
    assert len(passed) > 30

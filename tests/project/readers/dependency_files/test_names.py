from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.dependency_files.names import group_of, is_exact_url, read_requirement

if TYPE_CHECKING:
    from tenfold.project.dependencies import Requirement

HERE = Location("requirements.txt", 1)


def read(text: str) -> Requirement:
    found = read_requirement(text, HERE, "main")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "name", "specifier", "pinned"),
    [
        ("Django==5.2.1", "django", "==5.2.1", True),
        ("psycopg[binary,pool] ~= 3.2", "psycopg", "~=3.2", False),
        ("Foo_Bar.baz>=1,<2 ; python_version < '4'", "foo-bar-baz", ">=1,<2", False),
        ("a (>=1)", "a", ">=1", False),
        ("a==1.*", "a", "==1.*", False),
        ("a===1  # why", "a", "===1", True),
    ],
)
def test_a_requirement_has_its_name_and_specifier(text: str, name: str, specifier: str, pinned: bool) -> None:
    found = read(text)
    assert (found.name, found.specifier, found.pinned) == (name, specifier, pinned)


def test_a_direct_url_is_pinned_by_a_commit_a_tag_or_an_archive() -> None:
    assert read("a @ git+https://x/a@0123abc").pinned
    assert read("a @ https://x/a-1.whl").pinned
    assert not read("a @ git+https://x/a@main").pinned
    assert is_exact_url("git+https://x/a@v1.2")


@pytest.mark.parametrize("text", ["", "-r base.txt", "./folder", "a b", "==1"])
def test_what_is_no_requirement_gives_none(text: str) -> None:
    assert read_requirement(text, HERE, "main") is None


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("requirements", "main"),
        ("production", "production"),
        ("requirements-testing", "test"),
        ("local", "dev"),
        ("dev-prod", "production"),
        ("celery", ""),
    ],
)
def test_the_words_of_a_file_name_its_group(name: str, group: str) -> None:
    assert group_of(name) == group

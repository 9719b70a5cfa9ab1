from __future__ import annotations

import pytest

from tenfold.errors import TenfoldError
from tenfold.scaffold.naming import LONGEST, refuse_name

OWN = {"people", "pages", "static"}
BROUGHT = {"celery", "silk"}


def refuse(name: str, *installed: str) -> str:
    """Why and what instead, "" for a name that can be."""
    try:
        refuse_name(name, own=OWN, brought=BROUGHT, is_installed=lambda asked: asked in installed)
    except TenfoldError as error:
        return f"{error.what} {error.why} {error.next_step}"
    return ""


@pytest.mark.parametrize("name", ["bazaar", "my_shop", "a", "shop2", "x" * LONGEST])
def test_a_plain_name_of_a_package_is_taken(name: str) -> None:
    assert refuse(name) == ""


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("my-shop", "my_shop"),
        ("My Shop", "my_shop"),
        ("2fast", "site_2fast"),
        ("a__b", "a_b"),
        ("_shop", "shop"),
        ("../shop", "shop"),
        ("", "my_site"),
        ("магазин", "my_site"),
        ("shop\n", "shop"),
        ("x" * 31, "x" * 30),
    ],
)
def test_a_name_that_is_no_package_is_repaired(name: str, instead: str) -> None:
    assert refuse(name).endswith(f"tenfold new {instead}")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "word of Python"),
        ("match", "word of Python"),
        ("site", "standard library"),
        ("json", "standard library"),
        ("test", "means something else to Django"),
        ("django", "means something else to Django"),
        ("admin", "means something else to Django"),
        ("people", "another part of the project's folder"),
        ("deploy", "another part of the project's folder"),
        ("silk", "an installed package"),
        ("requests", "an installed package"),
    ],
)
def test_a_name_that_is_taken_says_by_what(name: str, reason: str) -> None:
    told = refuse(name, "requests")
    assert reason in told
    assert f"tenfold new {name}_site" in told


def test_what_is_suggested_in_place_of_a_taken_name_is_itself_taken_up() -> None:
    long = "x" * LONGEST
    suggestion = refuse(long, long).rpartition(" ")[2]
    assert refuse(suggestion, long) == ""


def test_a_control_character_is_not_shown_as_it_is() -> None:
    assert "\x1b" not in refuse("shop\x1b[31m")

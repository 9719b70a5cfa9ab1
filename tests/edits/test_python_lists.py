from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tenfold.edits.model import InsertItem, RemoveElement, RemoveItem
from tenfold.errors import EditError
from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

Check: TypeAlias = "Callable[..., None]"
P = "s.py"
MANY = """
MIDDLEWARE = [
    # first of all
    "a",  # about a
    # about b
    "b",

    "c",
]
"""


def test_an_item_goes_after_its_neighbour_and_above_the_comment_of_the_next(becomes: Check) -> None:
    after = MANY.replace("# about a\n", '# about a\n    "x",\n')
    becomes(MANY, InsertItem(P, "MIDDLEWARE", "x", after="a"), after=after)


def test_an_item_goes_before_its_neighbour(becomes: Check) -> None:
    after = MANY.replace('    "b",\n', '    "b",\n    "x",\n')
    becomes(MANY, InsertItem(P, "MIDDLEWARE", "x", before="c"), after=after)


def test_an_item_goes_first(becomes: Check) -> None:
    after = MANY.replace("[\n", '[\n    "x",\n')
    becomes(MANY, InsertItem(P, "MIDDLEWARE", "x", first=True), after=after)


def test_an_item_goes_last(becomes: Check) -> None:
    after = MANY.replace('    "c",\n', '    "c",\n    "x",\n')
    becomes(MANY, InsertItem(P, "MIDDLEWARE", "x"), after=after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A = []", 'A = ["x"]'),
        ("A = ()", 'A = ("x",)'),
        ("A = ['a']", "A = ['a', 'x']"),
        ("A = ('a',)", "A = ('a', 'x',)"),
        ("A = ['a'] + OTHER", "A = ['a', 'x'] + OTHER"),
        ("A: list[str] = ['a']", "A: list[str] = ['a', 'x']"),
        ("A = [\n    'a'\n]", "A = [\n    'a',\n    'x'\n]"),
        ("A = [\n    # nothing yet\n]", 'A = [\n    # nothing yet\n    "x",\n]'),
        ("A = [\n    'a', 'b',\n    'c', 'd',\n]", "A = [\n    'a', 'b',\n    'c', 'd', 'x',\n]"),
        ("A = ['a',\n     'b']", "A = ['a',\n     'b',\n     'x']"),
        ("A = ['a', ('b')]", "A = ['a', ('b'), 'x']"),
        ("A = ['a', 'x']", "A = ['a', 'x']"),
        ("A = ['a']\nA += ['b']", "A = ['a']\nA += ['b', 'x']"),
    ],
)
def test_the_list_s_own_style_is_kept(becomes: Check, before: str, after: str) -> None:
    becomes(before + "\n", InsertItem(P, "A", "x"), after=after + "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A = ['x']", "A = []"),
        ("A = ('a', 'x')", "A = ('a',)"),
        ("A = ('a', 'x',)", "A = ('a',)"),
        ("A = ['x', 'a']", "A = ['a']"),
        ("A = ['a', 'x', 'b']", "A = ['a', 'b']"),
        ("A = ['a', 'x']", "A = ['a']"),
        (
            "A = [\n    'a',\n    # kept\n    'x',  # gone\n    'b',\n]",
            "A = [\n    'a',\n    # kept\n    'b',\n]",
        ),
        ("A = [\n    'a',\n    'x'\n]", "A = [\n    'a',\n]"),
        ("A = [\n    'a', 'x',\n    'b',\n]", "A = [\n    'a', 'b',\n]"),
        ("A = ['a']\nA += ['x']", "A = ['a']\nA += []"),
        ("A = ['a']", "A = ['a']"),
    ],
)
def test_an_item_is_removed(becomes: Check, before: str, after: str) -> None:
    becomes(before + "\n", RemoveItem(P, "A", "x"), after=after + "\n")


def test_neighbours_are_removed_together(becomes: Check) -> None:
    becomes(
        "A = ['a', 'b', 'c']\n",
        RemoveItem(P, "A", "a"),
        RemoveItem(P, "A", "b"),
        after="A = ['c']\n",
    )


def test_an_item_in_a_branch_is_left_alone_without_its_line(becomes: Check) -> None:
    text = "A = ['a']\nif DEBUG:\n    A += ['x']\n"
    becomes(text, RemoveItem(P, "A", "x"), after=text)
    becomes(text, RemoveItem(P, "A", "x", line=3), after=text.replace("'x'", ""))


def test_a_list_inside_a_setting_is_reached_by_its_keys(becomes: Check) -> None:
    text = 'T = [{"OPTIONS": {"context_processors": ["a"]}}]\n'
    becomes(
        text,
        InsertItem(P, "T", "x", inside=(0, "OPTIONS", "context_processors")),
        after=text.replace('"a"', '"a", "x"'),
    )


def test_a_neighbour_that_is_not_there_is_refused() -> None:
    with pytest.raises(EditError, match="does not hold 'z'"):
        change_text("A = ['a']\n", InsertItem(P, "A", "x", after="z"))


def test_a_list_that_is_no_literal_is_refused() -> None:
    with pytest.raises(EditError, match="no list literal"):
        change_text("A = make()\n", InsertItem(P, "A", "x"))


ENGINES = """
TEMPLATES = [
    {"BACKEND": "django", "DIRS": []},
    # for the old pages
    {
        "BACKEND": "jinja2",
        "DIRS": ["django"],
    },
]
"""


def test_the_element_that_holds_a_string_is_taken_out_and_comments_stay(becomes: Check) -> None:
    after = """
TEMPLATES = [
    {"BACKEND": "django", "DIRS": []},
    # for the old pages
]
"""
    becomes(ENGINES, RemoveElement(P, "TEMPLATES", "jinja2"), after=after)


def test_an_element_that_nobody_holds_changes_nothing(becomes: Check) -> None:
    becomes(ENGINES, RemoveElement(P, "TEMPLATES", "mako"), after=ENGINES)


def test_several_elements_that_hold_the_string_are_refused() -> None:
    with pytest.raises(EditError, match="2 elements of TEMPLATES"):
        change_text(ENGINES, RemoveElement(P, "TEMPLATES", "django"))

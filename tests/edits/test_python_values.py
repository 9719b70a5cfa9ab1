from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tenfold.edits.model import RemoveKey, RemoveSetting, SetKey, SetSetting, WrapValue
from tenfold.errors import EditError
from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.edits.model import Change

Check: TypeAlias = "Callable[..., None]"
P = "s.py"
AGE = SetKey(P, ("DBS", "default", "AGE"), "60")


def test_a_value_is_replaced_and_its_comment_stays(becomes: Check) -> None:
    becomes(
        "DEBUG = True  # local\nX = 1\n",
        SetSetting(P, "DEBUG", "False"),
        after="DEBUG = False  # local\nX = 1\n",
    )


def test_a_missing_setting_stands_below_its_neighbour_with_its_comment(becomes: Check) -> None:
    becomes(
        "A = [\n    1,\n]  # one\nB = 2\n",
        SetSetting(P, "C", "3", comment="why\nand how", after="A"),
        after="A = [\n    1,\n]  # one\n# why\n# and how\nC = 3\nB = 2\n",
    )


def test_a_missing_setting_goes_to_the_end_of_a_file_without_a_last_line_end(
    becomes: Check,
) -> None:
    becomes("A = 1", SetSetting(P, "C", "3"), after="A = 1\n\nC = 3\n")


def test_a_missing_setting_stays_overridable_by_a_last_local_import(becomes: Check) -> None:
    local = "try:\n    from .local import *\nexcept ImportError:\n    pass\n"
    becomes("A = 1\n\n" + local, SetSetting(P, "C", "3"), after="A = 1\n\nC = 3\n\n" + local)


def test_a_missing_setting_stands_below_the_settings_it_imports(becomes: Check) -> None:
    becomes("from .base import *\n", SetSetting(P, "C", "3"), after="from .base import *\n\nC = 3\n")


def test_a_missing_setting_of_a_settings_class_is_refused() -> None:
    with pytest.raises(EditError, match="live in a class"):
        change_text("class Production(Base):\n    A = 1\n", SetSetting(P, "C", "3"))


def test_the_statement_on_the_line_is_meant_in_branches_and_classes(becomes: Check) -> None:
    text = "class Production:\n    DEBUG = True\nif X:\n    DEBUG = True\n"
    becomes(text, SetSetting(P, "DEBUG", "False", line=2), after=text.replace("True", "False", 1))


def test_a_setting_in_a_branch_is_refused_without_its_line() -> None:
    with pytest.raises(EditError, match="line 2, in a branch"):
        change_text("if X:\n    DEBUG = True\n", SetSetting(P, "DEBUG", "False"))


TWICE = "D = {'default': {'E': 'sqlite'}}\nif X:\n    D = {'default': {'E': 'postgresql'}}\n"


@pytest.mark.parametrize(
    "change",
    [SetKey(P, ("D", "default", "AGE"), "60"), SetSetting(P, "D", "{}"), RemoveKey(P, ("D", "default"))],
)
def test_what_a_later_branch_sets_anew_is_refused_without_its_line(change: Change) -> None:
    with pytest.raises(EditError, match="at line 1 and, in a branch, at line 3"):
        change_text(TWICE, change)


def test_what_a_branch_sets_is_changed_at_its_line(becomes: Check) -> None:
    becomes(
        TWICE,
        SetKey(P, ("D", "default", "AGE"), "60", line=3),
        after=TWICE.replace("'postgresql'", "'postgresql', 'AGE': 60"),
    )


def test_an_extended_setting_is_refused_without_its_line() -> None:
    with pytest.raises(EditError, match="extended at line 2"):
        change_text("A = [1]\nA += [2]\n", SetSetting(P, "A", "[]"))


def test_the_same_value_in_another_spelling_is_left_alone() -> None:
    text = "A = {'x' : 1,}\n"
    assert change_text(text, SetSetting(P, "A", '{"x": 1}')) == text


def test_a_setting_is_removed_with_all_its_lines(becomes: Check) -> None:
    becomes("A = 1\nB = (\n    2\n)  # b\nC = 3\n", RemoveSetting(P, "B"), after="A = 1\nC = 3\n")


def test_the_only_statement_of_a_block_is_not_removed() -> None:
    with pytest.raises(EditError, match="only statement"):
        change_text("if X:\n    A = 1\n", RemoveSetting(P, "A", line=2))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'DBS = {"default": {"ENGINE": "x"}}',
            'DBS = {"default": {"ENGINE": "x", "AGE": 60}}',
        ),
        (
            "DBS = {'default': {'ENGINE': 'x',}}",
            "DBS = {'default': {'ENGINE': 'x', 'AGE': 60,}}",
        ),
        ('DBS = {"default": {}}', 'DBS = {"default": {"AGE": 60}}'),
        ("DBS = {}", 'DBS = {"default": {"AGE": 60}}'),
        (
            "DBS = dict(default=dict(ENGINE='x'))",
            "DBS = dict(default=dict(ENGINE='x', AGE=60))",
        ),
        ("DBS = {'default': dict()}", "DBS = {'default': dict(AGE=60)}"),
        (
            'DBS = {"default": {"AGE": 0, "A": 1}}',
            'DBS = {"default": {"AGE": 60, "A": 1}}',
        ),
        ('DBS = {"default": {**BASE}}', 'DBS = {"default": {**BASE, "AGE": 60}}'),
        (
            'DBS = {"default": env.db()}',
            'DBS = {"default": env.db()}\nDBS["default"]["AGE"] = 60',
        ),
        (
            'DBS = {}\nDBS["default"] = dj_database_url.config()  # url',
            'DBS = {}\nDBS["default"] = dj_database_url.config()  # url\nDBS["default"]["AGE"] = 60',
        ),
        (
            'DBS = {"default": {"A": 1}}\nDBS["default"]["AGE"] = 0',
            'DBS = {"default": {"A": 1}}\nDBS["default"]["AGE"] = 60',
        ),
    ],
)
def test_a_key_is_set_in_one_line_dicts(becomes: Check, before: str, after: str) -> None:
    becomes(before + "\n", AGE, after=after + "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'A': 1,\n    ", "'A': 1,\n        'AGE': 60,\n    "),
        ("'A': 1\n    ", "'A': 1,\n        'AGE': 60\n    "),
        ("'A': 1,  # a\n    ", "'A': 1,  # a\n        'AGE': 60,\n    "),
        ("'A': 1  # a, b\n    ", "'A': 1,  # a, b\n        'AGE': 60\n    "),
        ("'A': 1,\n        # 'B': 2,\n    ", "'A': 1,\n        'AGE': 60,\n        # 'B': 2,\n    "),
        ("'A': ('x'\n          'y'),\n    ", "'A': ('x'\n          'y'),\n        'AGE': 60,\n    "),
        ("'A': 1}", "'A': 1,\n        'AGE': 60}"),
        ("'A': 1,}", "'A': 1,\n        'AGE': 60,}"),
        ("'é': 'ü',\n    ", "'é': 'ü',\n        'AGE': 60,\n    "),
        (
            "'A': {\n            'B': 1,\n        },\n    ",
            "'A': {\n            'B': 1,\n        },\n        'AGE': 60,\n    ",
        ),
    ],
)
def test_a_key_is_set_in_dicts_of_several_lines(becomes: Check, before: str, after: str) -> None:
    frame = "DBS = {{\n    'default': {{\n        {}\n}}\n"
    one, other = (text if text.endswith("}") else text + "}" for text in (before, after))
    becomes(frame.format(one), AGE, after=frame.format(other))


def test_missing_dicts_on_the_way_are_made(becomes: Check) -> None:
    becomes(
        'DBS = {"default": {"A": 1}}\n',
        SetKey(P, ("DBS", "default", "OPTIONS", "connect_timeout"), "5"),
        SetKey(P, ("DBS", "default", "OPTIONS", "application_name"), '"web"'),
        after='DBS = {"default": {"A": 1, "OPTIONS": {"connect_timeout": 5, "application_name": "web"}}}\n',
    )


def test_dicts_behind_a_call_are_made_with_setdefault(becomes: Check) -> None:
    becomes(
        "DBS = {'default': env.db()}\n",
        SetKey(P, ("DBS", "default", "OPTIONS", "connect_timeout"), "5", comment="seconds"),
        after="DBS = {'default': env.db()}\n# seconds\n"
        "DBS['default'].setdefault('OPTIONS', {})['connect_timeout'] = 5\n",
    )


def test_a_list_index_is_a_step_on_the_way(becomes: Check) -> None:
    becomes(
        "TEMPLATES = [{'APP_DIRS': True, 'OPTIONS': {}}]\n",
        SetKey(P, ("TEMPLATES", 0, "OPTIONS", "debug"), "False"),
        RemoveKey(P, ("TEMPLATES", 0, "APP_DIRS")),
        after="TEMPLATES = [{'OPTIONS': {'debug': False}}]\n",
    )


def test_a_key_of_a_plain_value_is_refused() -> None:
    with pytest.raises(EditError, match="holds no dict"):
        change_text("DBS = None\n", AGE)


def test_a_key_of_an_unset_name_is_refused() -> None:
    with pytest.raises(EditError, match="not assigned"):
        change_text("X = 1\n", AGE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('A = {"x": 1, "y": 2}\n', 'A = {"y": 2}\n'),
        ('A = {"y": 2, "x": 1}\n', 'A = {"y": 2}\n'),
        ('A = {"y": 2, "x": 1,}\n', 'A = {"y": 2,}\n'),
        ('A = {"x": 1}\n', "A = {}\n"),
        ('A = {\n    "x": 1,  # gone\n    # kept\n    "y": 2,\n}\n', 'A = {\n    # kept\n    "y": 2,\n}\n'),
        ('A = {\n    "y": 2,\n    "x": 1\n}\n', 'A = {\n    "y": 2,\n}\n'),
        ("A = dict(x=1, y=2)\n", "A = dict(y=2)\n"),
    ],
)
def test_a_key_is_removed(becomes: Check, before: str, after: str) -> None:
    becomes(before, RemoveKey(P, ("A", "x")), after=after)


def test_a_value_is_wrapped(becomes: Check) -> None:
    becomes(
        "SECRET_KEY = 'x'  # never shown\n",
        WrapValue(P, ("SECRET_KEY",), "os.environ.get('SECRET_KEY', ", ")"),
        after="SECRET_KEY = os.environ.get('SECRET_KEY', 'x')  # never shown\n",
    )


def test_a_value_of_several_lines_takes_the_statement_s_indentation(becomes: Check) -> None:
    becomes(
        "class P:\n    A = 1\n",
        SetSetting(P, "A", '{\n    "x": 1,\n}', line=2),
        after='class P:\n    A = {\n        "x": 1,\n    }\n',
    )

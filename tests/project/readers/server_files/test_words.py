from __future__ import annotations

import pytest

from tenfold.project.model import Location
from tenfold.project.readers.server_files.words import Grammar, Option, read_value, split_options
from tenfold.project.settings import MISSING, Undetermined

HERE = Location("Procfile", 1)
GRAMMAR = Grammar({"-w": "workers", "--keep-alive": "keepalive"}, frozenset({"reload"}))


@pytest.mark.parametrize("words", [["--workers", "4"], ["--workers=4"], ["-w", "4"], ["-w4"], ["-w=4"]])
def test_an_option_is_read_in_every_way_it_can_be_written(words: list[str]) -> None:
    assert split_options(words, GRAMMAR) == [Option("workers", "4")]


def test_a_flag_takes_no_value_and_leaves_the_next_word_alone() -> None:
    assert split_options(["--reload", "shop.wsgi"], GRAMMAR) == [
        Option("reload", None),
        Option("", "shop.wsgi"),
    ]


def test_an_option_followed_by_another_has_no_value() -> None:
    assert split_options(["--unheard", "--keep-alive", "-"], GRAMMAR) == [
        Option("unheard", None),
        Option("keepalive", "-"),
    ]


def test_everything_behind_a_double_dash_is_positional() -> None:
    assert split_options(["--", "--reload"], GRAMMAR) == [Option("", "--reload")]


@pytest.mark.parametrize(
    ("text", "value", "variable"),
    [
        ("4", 4, ""),
        ("sync", "sync", ""),
        ("true", True, ""),
        ("$N", 2, "N"),
        ("${M:-8}", 8, "M"),
        ("${M}", MISSING, "M"),
        ("0.0.0.0:$N", "0.0.0.0:2", "N"),
        ("0.0.0.0:$M", "0.0.0.0:$M", "M"),
    ],
)
def test_a_variable_is_filled_from_the_environment_then_from_its_default(
    text: str, value: object, variable: str
) -> None:
    possible = read_value(text, HERE, environment={"N": "2"})
    assert (possible.value, possible.variable) == (value, variable)


@pytest.mark.parametrize("text", ["$(nproc)", "`nproc`", "$((2 * N))"])
def test_what_the_shell_computes_is_undetermined(text: str) -> None:
    assert isinstance(read_value(text, HERE, environment={}).value, Undetermined)

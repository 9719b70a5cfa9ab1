from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.project.readers.server_files.python_values import evaluate_module
from tenfold.project.settings import MISSING, Reference, Undetermined

EXAMPLES = int(os.environ.get("TENFOLD_FUZZ", "200"))


def tell(expression: str) -> tuple[object, str]:
    (possible,) = evaluate_module(f"import os\nx = {expression}\n", "c.py").values["x"]
    assert possible.where.line == 2
    return possible.value, possible.variable


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("2 * 4 + 1", 9),
        ("'a' + 'b'", "ab"),
        ("['a', 1]", ["a", 1]),
        ("{'a': 1}", {"a": 1}),
    ],
)
def test_literals_and_their_arithmetic_are_told(expression: str, value: object) -> None:
    assert tell(expression) == (value, "")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("os.getenv('N', 3)", 3),
        ("os.environ.get('N', '3')", "3"),
        ("int(getenv('N', '3'))", 3),
        ("os.environ['N']", MISSING),
        ("int(os.environ['N'])", MISSING),
        ("config('N', default=3, cast=int)", 3),
        ("env.int('N', default=3)", 3),
        ("f'0.0.0.0:{getenv(\"N\", 3)}'", "0.0.0.0:3"),
        ("'0.0.0.0:' + os.environ.get('N', '3')", "0.0.0.0:3"),
        ("int(os.environ.get('N') or 3)", 3),
        ("getenv('N', 3) * 2", 6),
    ],
)
def test_what_the_environment_decides_keeps_its_variable_and_default(expression: str, value: object) -> None:
    assert tell(expression) == (value, "N")


def test_a_call_by_name_is_a_reference_and_its_arithmetic_is_undetermined() -> None:
    assert tell("multiprocessing.cpu_count()")[0] == Reference("multiprocessing.cpu_count", called=True)
    computed = tell("multiprocessing.cpu_count() * 2 + 1")[0]
    assert computed == Undetermined("multiprocessing.cpu_count() * 2 + 1")
    assert isinstance(tell("min(os.cpu_count(), 4)")[0], Undetermined)


def test_a_name_gives_the_value_assigned_before() -> None:
    values = evaluate_module("a = 2\nworkers = a * 2\n", "c.py").values
    assert values["workers"][0].value == 4


def test_both_branches_of_an_if_are_possible_under_their_conditions() -> None:
    values = evaluate_module(
        "workers = 1\nif DEBUG:\n    workers = 2\nelse:\n    workers = 3\n", "c.py"
    ).values
    assert [(p.value, p.condition) for p in values["workers"]] == [(3, "not (DEBUG)"), (2, "DEBUG")]


def test_a_branch_that_sets_nothing_keeps_the_value_before_it() -> None:
    values = evaluate_module("workers = 1\nif DEBUG:\n    workers = 2\n", "c.py").values
    assert [(p.value, p.condition) for p in values["workers"]] == [(1, ""), (2, "DEBUG")]


def test_a_star_import_makes_the_values_incomplete() -> None:
    assert evaluate_module("a = 1", "c.py").complete
    assert not evaluate_module("from base import *", "c.py").complete


@pytest.mark.parametrize(
    "text", ["workers = (", "x = '\0'", "x = " + "-" * 50_000 + "1", "x = " + "1+" * 50_000 + "1"]
)
def test_what_does_not_parse_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        evaluate_module(text, "c.py")


TOKENS = [
    *("x", "=", "1", "'a'", "os.getenv(", "int(", ")", "[", "]", "{", "}", ":", ",", "+", "/", "0", "-", "*"),
    *("\n", "if x", ":\n    ", "f'{", "}'", " or ", "os.environ[", "None", "\nx = "),
]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30))
def test_any_source_gives_values_or_a_syntax_error(parts: list[str]) -> None:
    with contextlib.suppress(SyntaxError):
        assert evaluate_module("".join(parts), "c.py").complete


def test_what_python_would_warn_of_in_the_file_is_said_to_nobody() -> None:
    assert evaluate_module('x = "\\o"\n', "c.py").values["x"][0].value == "\\o"

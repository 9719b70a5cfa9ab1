from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.rules.repository import listed, python_files, text_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_FILE = 500
MOST_POSITIONAL_PARAMETERS = 6
"""The house asks for three, then keyword-only; the signatures between rooms may have up to this many."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(*folders: str) -> Iterator[tuple[str, Function]]:
    for path in python_files(*folders):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, Function):
                yield path, node


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_a_function_is_read_in_one_view() -> None:
    breaches = [
        f"{path}:{node.lineno} {node.name} has {length(node)} lines"
        for path, node in functions("src", "tests", "docs", "demo", "benchmarks")
        if length(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not breaches, listed(
        breaches, f"A function has up to {MOST_LINES_OF_A_FUNCTION} lines; split these:"
    )


def test_a_file_holds_one_subject() -> None:
    counts = {
        path: text_of(path).count("\n") for path in python_files("src", "tests", "docs", "demo", "benchmarks")
    }
    breaches = [f"{path} has {lines} lines" for path, lines in counts.items() if lines > MOST_LINES_OF_A_FILE]
    assert not breaches, listed(breaches, f"A file has up to {MOST_LINES_OF_A_FILE} lines; split these:")


def test_calls_say_what_they_pass() -> None:
    breaches = [
        f"{path}:{node.lineno} {node.name} takes {len(node.args.posonlyargs) + len(node.args.args)}"
        for path, node in functions("src")
        if len(node.args.posonlyargs) + len(node.args.args) > MOST_POSITIONAL_PARAMETERS
    ]
    assert not breaches, listed(breaches, "Too many positional parameters; make them keyword-only with `*`:")

from __future__ import annotations

import ast

from tests.rules.repository import listed, python_files, tree_of

# The probe answers on standard output, in the project's own interpreter.
MAY_PRINT = ("src/tenfold/project/probe/",)


def swallows(handler: ast.ExceptHandler) -> bool:
    """`except ...: pass`, or with nothing but `...`."""
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in handler.body
    )


def handlers() -> list[tuple[str, ast.ExceptHandler]]:
    return [
        (path, node)
        for path in python_files("src", "docs", "demo", "benchmarks")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
    ]


def test_no_error_is_swallowed_without_a_word() -> None:
    breaches = [f"{path}:{node.lineno}" for path, node in handlers() if swallows(node)]
    rule = "An error becomes a Problem, an Unknown or another value; contextlib.suppress where none is due:"
    assert not breaches, listed(breaches, rule)


def test_every_handler_names_what_it_handles() -> None:
    breaches = [f"{path}:{node.lineno}" for path, node in handlers() if node.type is None]
    assert not breaches, listed(
        breaches, "A bare `except:` also catches the interrupt key; name the exceptions:"
    )


def test_the_package_writes_through_reports_not_print() -> None:
    breaches = [
        f"{path}:{node.lineno}"
        for path in python_files("src")
        if not path.startswith(MAY_PRINT)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not breaches, listed(breaches, "Standard output belongs to the report; no print in:")

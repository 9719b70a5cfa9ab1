from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.rules.repository import listed, python_files, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLD = {"subprocess", "socket", "shutil", "tempfile", "urllib.request", "http.client", "multiprocessing"}
# Only these touch files, processes and sockets; all the rest is a function of values.
EDGES = (
    "src/tenfold/project/readers/",
    "src/tenfold/project/probe/",
    "src/tenfold/edits/apply.py",
    "src/tenfold/edits/undo.py",
    "src/tenfold/cli/",
    "src/tenfold/stack/runner/",
    "src/tenfold/stack/overlay/files/",  # run in the project's processes, not in Tenfold's
    "src/tenfold/load/engine.py",
    "src/tenfold/release/execute.py",
)


def imported(path: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def test_only_the_edges_touch_the_world() -> None:
    breaches = [
        f"{path}:{line} imports {name}"
        for path in python_files("src/tenfold")
        if not path.startswith(EDGES)
        for name, line in imported(path)
        if name in WORLD
    ]
    assert not breaches, listed(breaches, "Read it in project/readers and pass the value; move this import:")


def test_every_module_states_its_annotations_late() -> None:
    """Migrations stand as `makemigrations` writes them."""
    breaches = [
        path
        for path in python_files("src", "tests")
        if tree_of(path).body
        and "/migrations/" not in path
        and not all(isinstance(node, ast.Expr) for node in tree_of(path).body)
        and ("__future__", 0) not in {(name, 0) for name, _ in imported(path)}
        and any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree_of(path).body)
    ]
    assert not breaches, listed(breaches, "Begin with `from __future__ import annotations`:")


def test_every_module_of_the_package_says_what_it_is() -> None:
    breaches = [
        path
        for path in python_files("src")
        if tree_of(path).body and "/migrations/" not in path and not ast.get_docstring(tree_of(path))
    ]
    assert not breaches, listed(breaches, "Write one sentence on what the module holds:")

"""Where code runs: views, tasks and commands, and every function that they reach by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.contexts import Contexts
from tenfold.project.readers.call_graph import CallGraph
from tenfold.project.readers.entry_points import find_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.project.source import Source
    from tenfold.project.urls import Urls

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "testutils", "test_utils"})


def read_contexts(source: Source, urls: Urls) -> Contexts:
    """Contexts by a static call graph: an edge for every name of the project that a function reads.

    What is called through a value of unknown type is followed where few methods of the project bear that
    name. So a function without any context is one that nothing known reaches, no proof that none does.
    """
    places = {module.path: found for module in source if (found := contexts_of_path(module.path))}
    graph = CallGraph(source, skipped={path for path, found in places.items() if "test" in found})
    reached: dict[str, set[str]] = {}
    for context, starts in find_entry_points(graph, urls).items():
        for function in _reach(graph, starts):
            reached.setdefault(function, set()).add(context)
    return Contexts({name: frozenset(found) for name, found in reached.items()}, places)


def contexts_of_path(path: str) -> frozenset[str]:
    """The contexts that a file's place implies."""
    *folders, name = path.split("/")
    if name == "conftest.py" or name in ("tests.py", "test.py") or name.startswith("test_"):
        return frozenset({"test"})
    if name.endswith("_test.py") or any(f in _TEST_FOLDERS or f.endswith("_tests") for f in folders):
        return frozenset({"test"})
    if folders and folders[-1] == "migrations":
        return frozenset({"migration"})
    if folders[-2:] == ["management", "commands"]:
        return frozenset({"command"})
    return frozenset()


def _reach(graph: CallGraph, starts: Iterable[str]) -> set[str]:
    seen = set(starts)
    todo = list(seen)
    while todo:
        for function in graph.calls_of(todo.pop()):
            if function not in seen:
                seen.add(function)
                todo.append(function)
    return seen

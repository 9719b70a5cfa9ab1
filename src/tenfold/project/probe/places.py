"""Where something stands: paths relative to the project, and lines read from its source."""

from __future__ import annotations

import ast
import os
import sys
from typing import Dict, Tuple

Lines = Dict[str, Tuple[int, Dict[str, int]]]


class Places:
    """Answers for one project. Parsed files are kept while the probe runs."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.parsed: dict[str, Lines] = {}

    def relative(self, path: str | None) -> str:
        """POSIX path relative to the root; "" for what is not the project's own file."""
        if not path or path.startswith("<"):
            return ""
        real = os.path.realpath(path)
        if not real.startswith(self.root + os.sep):
            return ""
        inner = real[len(self.root) + 1 :]
        parts = inner.split(os.sep)
        if "site-packages" in parts or "dist-packages" in parts or self.is_environment(real):
            return ""
        return inner.replace(os.sep, "/")

    def is_environment(self, real: str) -> bool:
        """Whether it lies in an environment that lies in the project."""
        prefix = os.path.realpath(sys.prefix)
        return prefix.startswith(self.root + os.sep) and real.startswith(prefix + os.sep)

    def of_module(self, name: str) -> str:
        """The project's file of an imported module, "" when it is none of its own."""
        return self.relative(getattr(sys.modules.get(name), "__file__", None))

    def lines(self, path: str) -> Lines:
        """Class qualname -> (its line, attribute name -> line) of one of the project's files."""
        if path not in self.parsed:
            try:
                with open(os.path.join(self.root, path), "rb") as file:
                    self.parsed[path] = read_classes(ast.parse(file.read()))
            except (OSError, SyntaxError, ValueError):
                self.parsed[path] = {}
        return self.parsed[path]

    def of_class(self, found: type) -> tuple[str, int]:
        """(file, line) of a class; ("", 0) when it is not the project's own."""
        path = self.of_module(found.__module__)
        return (path, self.lines(path).get(found.__qualname__, (0, {}))[0]) if path else ("", 0)

    def of_attribute(self, found: type, name: str) -> tuple[str, int]:
        """(file, line) of the assignment that gives a class, or one of its bases, an attribute."""
        for base in found.__mro__:
            path = self.of_module(base.__module__)
            line = self.lines(path).get(base.__qualname__, (0, {}))[1].get(name) if path else None
            if line:
                return path, line
        return self.of_class(found)


def read_classes(tree: ast.AST, prefix: str = "") -> Lines:
    """Classes of a syntax tree with the lines of their attributes."""
    found: Lines = {}
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            name = prefix + node.name
            found[name] = (node.lineno, read_attributes(node))
            found.update(read_classes(node, name + "."))
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            found.update(read_classes(node, prefix))
    return found


def read_attributes(node: ast.ClassDef) -> dict[str, int]:
    lines: dict[str, int] = {}
    for statement in ast.walk(node):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                lines.setdefault(target.id, statement.lineno)
    return lines

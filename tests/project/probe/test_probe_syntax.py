"""The probe runs under older interpreters than Tenfold itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tenfold.project.probe

FILES = sorted(Path(tenfold.project.probe.__file__).parent.glob("*.py"))
ALLOWED = {"django", "__future__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_parses_on_python_3_8(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_only_the_standard_library_django_and_itself(file: Path) -> None:
    import sys

    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
        for name in names:
            first = name.partition(".")[0]
            assert first in ALLOWED or first in sys.stdlib_module_names, name

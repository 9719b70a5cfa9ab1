"""Make src/tenfold/project/known_classes.json from installed packages, read statically.

    python -m pip install --no-deps --target packages django djangorestframework wagtail ...
    python tools/make_known_classes.py packages

The table lets a project that is not installed still be understood: it maps the classes that projects
inherit from to their bases, under the shortest public import path, and other import paths to that one.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.project.files import File, Files
from tenfold.project.model import Known
from tenfold.project.readers.source import read_source

if TYPE_CHECKING:
    from tenfold.project.source import Module, Source

TARGET = Path(__file__).parents[1] / "src" / "tenfold" / "project" / "known_classes.json"
SKIPPED = re.compile(
    r"(^|/)(tests|testing|(?<!django/db/)migrations|locale|commands|bin|examples?|sample_\w+)/"
    r"|(?<!django)/(test|conf)/|django/conf/(project|app)_template/|wagtail/.*(admin|views?|forms|chooser|hooks)"
    r"|\.dist-info/|django/db/backends/|django/contrib/gis/(db/backends|gdal|geos)/|wagtail/(test|documentation)/"
    r"|allauth/socialaccount/providers/|celery/(bin|backends|concurrency|worker|contrib)/|huey/contrib/(sql|mini)"
)
LAZY = {"celery.Task": "celery.app.task.Task", "celery.Celery": "celery.app.base.Celery"}
"""Names that a package gives at run time only."""


def read_packages(folder: Path) -> Source:
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    files = Files(tuple(File(p, 0, False) for p in paths if not SKIPPED.search(p)), Known(value=False))
    source, problems = read_source(folder, files, cache=None)
    for problem in problems:
        sys.stderr.write(f"{problem.where}: {problem.what}\n")
    source.known_bases, source.spellings = {}, {}
    return source


def list_given_names(source: Source, module: Module) -> set[str]:
    """What a package's `__init__`, or a module with star imports, hands on under its own name."""
    stars = [record.module for record in module.imports if record.name == "*"]
    if not stars and not module.path.endswith("__init__.py"):
        return set()
    names = {record.alias for record in module.imports if record.name not in ("", "*")}
    for inner in filter(None, map(source.by_name.get, stars)):
        names.update(scope.name for scope in inner.scopes[1:] if scope.parent == 0)
        names.update(record.alias for record in inner.imports)
    return names


def find_spellings(source: Source) -> dict[str, str]:
    """Every path of a class that is not its shortest public one -> that one."""
    paths = {
        module.qualname(index): {module.qualname(index)}
        for module in source
        for index, scope in enumerate(module.scopes)
        if scope.kind == "class" and scope.parent == 0
    }
    for module in source:
        for name in list_given_names(source, module):
            written = f"{module.name}.{name}"
            definition = source.resolve_absolute(written)
            if definition in paths and definition.partition(".")[0] == written.partition(".")[0]:
                paths[definition].add(written)
    for path, definition in LAZY.items():
        paths.setdefault(definition, {definition}).add(path)
    found: dict[str, str] = {}
    for definition, written_paths in paths.items():
        public = [path for path in written_paths if "._" not in path] or [definition]
        shortest = min(public, key=lambda path: (path.count("."), len(path), path))
        found.update({path: shortest for path in {definition, *written_paths} if path != shortest})
    return found


def main(folder: Path) -> int:
    source = read_packages(folder)
    spellings = find_spellings(source)
    bases: dict[str, list[str]] = {}
    for module in source:
        for index, scope in enumerate(module.scopes):
            absolute = module.qualname(index)
            if scope.kind != "class" or scope.parent:
                continue
            direct = source.direct_bases(absolute)
            bases[spellings.get(absolute, absolute)] = [spellings.get(name, name) for name in direct]
    inherited = {base for direct in bases.values() for base in direct}
    inherited.update(LAZY)
    bases = {name: direct for name, direct in bases.items() if direct or name in inherited}
    bases = {name: direct for name, direct in bases.items() if "._" not in name or name in inherited}
    spellings = {path: name for path, name in spellings.items() if name in bases}
    table = {"bases": dict(sorted(bases.items())), "spellings": dict(sorted(spellings.items()))}
    TARGET.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(bases)} classes, {len(spellings)} other paths, {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

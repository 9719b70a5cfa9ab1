"""Imports: project modules are found by their dotted name and evaluated; others are known by name."""

from __future__ import annotations

import ast
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Problem
from tenfold.project.readers.settings_evaluator.constants import constant
from tenfold.project.readers.settings_evaluator.lifting import choose, compatible, flatten
from tenfold.project.readers.settings_evaluator.objects import (
    Frame,
    LazyImport,
    ModuleObject,
    Undecided,
)
from tenfold.project.readers.syntax import parse
from tenfold.project.settings_values import MISSING, Choice, Reference

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import (
        Binding,
    )
    from tenfold.project.readers.settings_evaluator.session import Session
    from tenfold.project.settings_values import Possible

MAXIMUM_MODULES = 60
"""Project modules evaluated for names that settings import; settings of real projects need about ten."""


def find_module(session: Session, name: str) -> ModuleObject | None:
    """The project module of a dotted name; None when it is not in the project."""
    if name not in session.modules:
        session.modules[name] = _find(session, name)
    return session.modules[name]


def _find(session: Session, name: str) -> ModuleObject | None:
    stem = name.replace(".", "/")
    for root in session.source_roots:
        prefix = f"{root}/{stem}" if root else stem
        if f"{prefix}.py" in session.paths:
            return ModuleObject(name, f"{prefix}.py", name.rpartition(".")[0])
        if f"{prefix}/__init__.py" in session.paths:
            return ModuleObject(name, f"{prefix}/__init__.py", name)
    return None


def is_package(session: Session, name: str) -> bool:
    """Whether the dotted name is a folder of the project (with or without `__init__.py`)."""
    stem = name.replace(".", "/")
    folders = tuple(f"{root}/{stem}/" if root else f"{stem}/" for root in session.source_roots)
    return any(path.startswith(folders) and path.endswith(".py") for path in session.paths)


def absolute_name(node: ast.ImportFrom, module: ModuleObject) -> str:
    """The dotted name that `from ... import` reads from, relative dots resolved."""
    if not node.level:
        return node.module or ""
    parts = module.package.split(".") if module.package else []
    parts = parts[: len(parts) - node.level + 1]
    return ".".join((*parts, *([node.module] if node.module else [])))


def load(module: ModuleObject, frame: Frame) -> None:
    """Evaluate a module's body, once."""
    session = frame.session
    if module.state != "new":
        return
    module.state = "running"
    tree = tree_of(session, module.path)
    loaded = sum(m is not None and m.state == "done" for m in session.modules.values())
    if tree is not None and loaded < MAXIMUM_MODULES and frame.depth < 20:
        inner = Frame(session, module, module.names, depth=frame.depth + 1)
        with contextlib.suppress(Undecided):
            session.run(tree.body, inner)
    module.state = "done"


def tree_of(session: Session, path: str) -> ast.Module | None:
    """A file's syntax tree; None, with the problem noted, when it cannot be read or parsed."""
    if path not in session.trees:
        text = session.read(path)
        session.trees[path] = None
        if isinstance(text, Problem):
            session.problems.append(text)
            return None
        try:
            session.trees[path] = parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # The source reader reports files that do not parse, with their line.
            return None
    return session.trees[path]


def resolve_lazy(lazy: LazyImport, frame: Frame) -> Any:
    """The value of a name imported from a project module."""
    load(lazy.module, frame)
    binding = lazy.module.names.get(lazy.name)
    if binding is not None:
        if isinstance(binding.value, LazyImport) and binding.value is not lazy:
            if frame.depth > 20:
                return Reference(f"{lazy.module.name}.{lazy.name}")
            return resolve_lazy(binding.value, frame)
        return binding.value
    inner = submodule(lazy.module, lazy.name, frame)
    return Reference(f"{lazy.module.name}.{lazy.name}") if inner is None else inner


def settle(value: Any, frame: Frame) -> Any:
    """The value itself, a name's of another module looked up there."""
    return resolve_lazy(value, frame) if isinstance(value, LazyImport) else value


def look_up(names: dict[str, Binding], name: str, frame: Frame, *, default: Any = MISSING) -> Any:
    """A name's value, `default` where it has none: on the sides of a branch that do not set it too."""
    if name not in names:
        return default
    value = compatible(settle(names[name].value, frame), frame.branches)
    if not isinstance(value, Choice):
        return default if value is MISSING else value
    options: list[Possible] = []
    for option in value.options:
        options += flatten(default, option) if option.value is MISSING else [option]
    return choose(options)


def has_name(names: dict[str, Binding], name: str, frame: Frame) -> Any:
    """Whether a name has a value: True, False, or which of them in which branch."""
    value = look_up(names, name, frame)
    if isinstance(value, Choice):
        return choose([replace(option, value=option.value is not MISSING) for option in value.options])
    return value is not MISSING


def settle_names(frame: Frame) -> None:
    """Evaluate the imported settings of a frame: each side of a branch then changes a copy of its own."""
    for name, binding in list(frame.names.items()):
        if (
            name.isupper()
            and isinstance(binding.value, LazyImport)
            and binding.value.module.state != "running"
        ):
            frame.names[name] = binding._replace(value=resolve_lazy(binding.value, frame))


def submodule(module: ModuleObject, name: str, frame: Frame) -> ModuleObject | None:
    """A module inside a package; None when there is none of this name."""
    if module.package != module.name or name in module.names:
        return None
    return find_module(frame.session, f"{module.name}.{name}")


def run_import(node: ast.Import, frame: Frame) -> None:
    """`import a.b as c`."""
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        module = find_module(frame.session, name)
        value: Any = Reference(name) if module is None else module
        frame.bind(alias.asname or name, value, frame.where(node))


def run_import_from(node: ast.ImportFrom, frame: Frame) -> None:
    """`from a import b`, `from a import *`."""
    source = absolute_name(node, frame.module)
    module = find_module(frame.session, source)
    for alias in node.names:
        if alias.name == "*":
            _import_star(source, module, node, frame=frame)
            continue
        bound = alias.asname or alias.name
        frame.bind(bound, _imported(source, module, alias.name, frame=frame), frame.where(node))


def _imported(source: str, module: ModuleObject | None, name: str, *, frame: Frame) -> Any:
    if module is not None:
        return LazyImport(module, name)
    inner = find_module(frame.session, f"{source}.{name}")
    return constant(f"{source}.{name}") if inner is None else inner


def _import_star(source: str, module: ModuleObject | None, node: ast.ImportFrom, *, frame: Frame) -> None:
    if module is None:
        if frame.kind == "module":
            frame.session.note_gap(frame.where(node), f"{source} is not in the project")
        return
    if module.state == "running":
        return
    files = frame.session.files
    if frame.module.path in files and module.path not in files:
        files.insert(files.index(frame.module.path), module.path)
    load(module, frame)
    public = _public_names(module)
    for name, binding in module.names.items():
        if name in public if public is not None else not name.startswith("_"):
            frame.names[name] = _laid_over(frame.names.get(name), binding, frame)


def _laid_over(old: Binding | None, new: Binding, frame: Frame) -> Binding:
    """What a name is after a star import: where the module sets it in some branches only, the rest stays."""
    if old is None or not isinstance(new.value, Choice):
        return new
    if not any(option.value is MISSING for option in new.value.options):
        return new
    before = settle(old.value, frame)
    options: list[Possible] = []
    for option in new.value.options:
        options += flatten(before, replace(option, where=old.where)) if option.value is MISSING else [option]
    return new._replace(value=choose(options))


def _public_names(module: ModuleObject) -> set[str] | None:
    declared = module.names.get("__all__")
    if declared is None or not isinstance(declared.value, (list, tuple)):
        return None
    return {name for name in declared.value if isinstance(name, str)}


def missing_modules(node: ast.Import | ast.ImportFrom, frame: Frame) -> list[tuple[str, bool]]:
    """The modules that an import statement needs and the project has not: (name, in the project's own
    packages)."""
    session = frame.session
    if isinstance(node, ast.Import):
        wanted = [alias.name for alias in node.names]
    else:
        source = absolute_name(node, frame.module)
        wanted = [source]
        if find_module(session, source) is None and is_package(session, source):
            wanted = [f"{source}.{alias.name}" for alias in node.names]
    missing = [
        name for name in wanted if find_module(session, name) is None and not is_package(session, name)
    ]
    own = isinstance(node, ast.ImportFrom) and node.level > 0
    return [(name, own or _is_own(session, name)) for name in missing]


_SETTINGS_LIBRARIES = frozenset(("pydantic_settings", "split_settings"))


def _is_own(session: Session, name: str) -> bool:
    top = name.partition(".")[0]
    if "." not in name:
        if name in _SETTINGS_LIBRARIES:
            return False
        return "settings" in name or name in ("config", "secrets_local", "local")
    return is_package(session, top)

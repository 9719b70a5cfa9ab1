"""Evaluating one settings module: from its dotted name to the possible values of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.settings_evaluator.classes import export_classes
from tenfold.project.readers.settings_evaluator.exports import export_binding
from tenfold.project.readers.settings_evaluator.expressions import evaluate
from tenfold.project.readers.settings_evaluator.imports import resolve_lazy, tree_of
from tenfold.project.readers.settings_evaluator.objects import Frame, LazyImport, ModuleObject, Undecided
from tenfold.project.readers.settings_evaluator.session import OutOfSteps, Session
from tenfold.project.readers.settings_evaluator.statements import run
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Problem
    from tenfold.project.readers.settings_evaluator.objects import Binding
    from tenfold.project.settings import Possible


def evaluate_settings(
    module: str,
    path: str,
    *,
    read: Callable[[str], str | Problem],
    paths: frozenset[str],
    configuration: str = "",
    roots: tuple[str, ...] = (),
) -> tuple[dict[str, tuple[Possible, ...]], Session]:
    """The possible values of every setting of the module at `path`, and the session that found them.

    `configuration` names the class that production uses where settings are classes.
    """
    session = Session(read, paths, roots or source_roots(module, path, paths), evaluate, run)
    session.files.append(path)
    is_package = path.endswith("/__init__.py")
    made = ModuleObject(module, path, module if is_package else module.rpartition(".")[0])
    session.modules[module] = made
    tree = tree_of(session, path)
    if tree is None:
        session.note_gap(Location(path), "the file could not be read or parsed")
        return {}, session
    made.state = "running"
    frame = Frame(session, made, made.names)
    try:
        run(tree.body, frame)
        export_classes(frame, configuration)
    except Undecided:
        session.note_gap(Location(path), "the module is left inside a loop")
    except (OutOfSteps, RecursionError):
        session.note_gap(Location(path), "the settings compute more than can be followed")
    return _values(made.names, frame), session


def _values(names: dict[str, Binding], frame: Frame) -> dict[str, tuple[Possible, ...]]:
    values = {}
    for name, binding in list(names.items()):
        if name.isupper():
            values[name] = export_binding(_settled(binding, frame))
    return {name: possible for name, possible in values.items() if possible}


def _settled(binding: Binding, frame: Frame) -> Binding:
    if not isinstance(binding.value, LazyImport):
        return binding
    try:
        return binding._replace(value=resolve_lazy(binding.value, frame))
    except (OutOfSteps, RecursionError, Undecided):
        return binding._replace(value=Undetermined("computes more than can be followed"))


def source_roots(module: str, path: str, paths: frozenset[str]) -> tuple[str, ...]:
    """Folders that dotted names start from: the settings' own, then the root, `src`, manage.py's."""
    stem = path.removesuffix("/__init__.py").removesuffix(".py")
    dotted = module.replace(".", "/")
    own = stem[: -len(dotted)].strip("/") if stem.endswith(dotted) else ""
    beside = [p.rpartition("/")[0] for p in sorted(paths) if p.rpartition("/")[2] == "manage.py"]
    return tuple(dict.fromkeys((own, "", "src", *beside)))

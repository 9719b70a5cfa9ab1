"""django-split-settings: `include("base.py", "components/*.py", optional("local.py"))`."""

from __future__ import annotations

import contextlib
import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Location
from tenfold.project.readers.settings_evaluator.imports import tree_of
from tenfold.project.readers.settings_evaluator.objects import Frame, LibraryObject, ModuleObject, Undecided

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import Call
    from tenfold.project.readers.settings_evaluator.session import Session

MOST_DEEP = 20


def _optional(call: Call) -> LibraryObject:
    return LibraryObject("optional", {"pattern": call.argument(0, "filename")})


def _include(call: Call) -> None:
    """Each file runs among the names of the module that includes it, in order of its pattern and name."""
    session = call.frame.session
    for given in call.arguments:
        optional = isinstance(given, LibraryObject) and given.kind == "optional"
        pattern = given.state["pattern"] if optional else given
        if not isinstance(pattern, str) or call.frame.kind != "module" or call.frame.depth > MOST_DEEP:
            session.note_gap(call.where, "includes a settings file that is not known")
            continue
        paths = _matching(session, posixpath.dirname(call.frame.module.path), pattern)
        for path in paths:
            _run(path, call.frame)
        if not paths and optional:
            session.note_override(call.where, pattern)
        elif not paths and "*" not in pattern:
            session.note_gap(call.where, f"{pattern} is not in the project")


def _matching(session: Session, folder: str, pattern: str) -> list[str]:
    """Files of the project that a pattern relative to a folder names; `*` stays inside one folder."""
    wanted = posixpath.normpath(posixpath.join(folder, pattern)).split("/")
    found = []
    for path in session.paths:
        parts = path.split("/")
        if len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted)):
            found.append(path)
    return sorted(found)


def _run(path: str, frame: Frame) -> None:
    session = frame.session
    tree = tree_of(session, path)
    if tree is None:
        session.note_gap(Location(path), "cannot be read")
        return
    if frame.module.path in session.files and path not in session.files:
        session.files.insert(session.files.index(frame.module.path), path)
    module = ModuleObject(frame.module.name, path, frame.module.package, frame.names, "running")
    inner = Frame(session, module, frame.names, branches=frame.branches, depth=frame.depth + 1)
    with contextlib.suppress(Undecided):
        session.run(tree.body, inner)


def _call_optional(_: LibraryObject, __: str, call: Call) -> Any:
    return call.untold()


KNOWN = {"split_settings.tools.include": _include, "split_settings.tools.optional": _optional}
OBJECTS = {"optional": _call_optional}

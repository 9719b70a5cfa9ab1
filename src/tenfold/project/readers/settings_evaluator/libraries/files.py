"""Files of the project that settings read: open(), json.load(), tomllib.load()."""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tenfold.project.model import Problem
from tenfold.project.readers.settings_evaluator.lifting import default_of, lift
from tenfold.project.readers.settings_evaluator.methods import inside_root
from tenfold.project.readers.settings_evaluator.objects import LibraryObject
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call


def open_file(path: Any) -> LibraryObject:
    """What `open(path)` and `path.open()` give, in whatever mode."""
    return LibraryObject("file", {"path": path})


def read_file(path: Any, call: Call) -> Any:
    """The text of a file of the project; Undetermined for any other."""
    if isinstance(path, (str, PurePosixPath)):
        inside = inside_root(path)
        if inside and inside in call.frame.session.paths:
            text = call.frame.session.read(inside)
            if not isinstance(text, Problem):
                return text
    return Undetermined(f"the content of {_describe_path(path)}")


def _describe_path(value: Any) -> str:
    path = default_of(value)
    if not isinstance(path, (str, PurePosixPath)):
        return "a file"
    return inside_root(path) or f"{PurePosixPath(path).name}, which is not in the project"


def _open(call: Call) -> LibraryObject:
    return open_file(call.argument(0, "file"))


def _call_file(file: LibraryObject, method: str, call: Call) -> Any:
    if method == "read" and not call.arguments:
        return read_file(file.state["path"], call)
    if method == "readlines" and not call.arguments:
        return lift(lambda text: text.splitlines(keepends=True), read_file(file.state["path"], call))
    return Undetermined(f"calls .{method}() of a file")


def _load(parse: Callable[[str], Any]) -> Callable[[Call], Any]:
    def handle(call: Call) -> Any:
        file = call.argument(0, "fp")
        if not isinstance(file, LibraryObject) or file.kind != "file":
            return call.untold()
        return lift(parse, read_file(file.state["path"], call))

    return handle


KNOWN: dict[str, Callable[[Call], Any]] = {
    "open": _open,
    "json.load": _load(json.loads),
    "tomllib.load": _load(tomllib.loads),
    "tomli.load": _load(tomllib.loads),
}
OBJECTS: dict[str, Callable[[LibraryObject, str, Call], Any]] = {"file": _call_file}

"""python-decouple: `config("NAME", default=..., cast=...)`; prettyconf has the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.environment import read_environment
from tenfold.project.readers.settings_evaluator.libraries.casts import cast_value
from tenfold.project.readers.settings_evaluator.objects import LibraryObject
from tenfold.project.settings_values import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call


def _config(call: Call) -> Any:
    default = call.argument(1, "default", MISSING)
    read = read_environment(call.argument(0, "option"), default, frame=call.frame, node=call.node)
    return cast_value(read, call.argument(2, "cast"), call)


def _make_config(_: Call) -> Any:
    return LibraryObject("decouple", {})


def _call_object(_: LibraryObject, method: str, call: Call) -> Any:
    return call.untold() if method else _config(call)


KNOWN: dict[str, Callable[[Call], Any]] = {
    "decouple.config": _config,
    "prettyconf.config": _config,
    "decouple.AutoConfig": _make_config,
    "decouple.Config": _make_config,
}
OBJECTS: dict[str, Callable[[LibraryObject, str, Call], Any]] = {"decouple": _call_object}

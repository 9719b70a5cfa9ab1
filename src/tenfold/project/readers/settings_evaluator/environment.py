"""Reading one environment variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import default_of
from tenfold.project.settings_values import FromEnvironment

if TYPE_CHECKING:
    import ast

    from tenfold.project.readers.settings_evaluator.objects import Frame

UNNAMED = "an environment variable"


def read_environment(
    name: Any, default: Any, *, frame: Frame, node: ast.AST, cast: str = "str"
) -> FromEnvironment:
    """`os.environ.get(name, default)`; a name that is not known is told as such."""
    found = default_of(name)
    label = found if isinstance(found, str) and found else UNNAMED
    frame.session.note_variable(label, frame.where(node))
    known = {"bool": bool, "int": int, "float": float}
    for kind_name, kind in known.items():
        if type(default) is kind and cast == "str":
            cast = kind_name
    return FromEnvironment(label, default, cast)

"""Reading one environment variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import default_of
from tenfold.project.readers.settings_evaluator.operators import truth
from tenfold.project.settings_values import MISSING, FromEnvironment

if TYPE_CHECKING:
    import ast

    from tenfold.project.readers.settings_evaluator.objects import Frame

UNNAMED = "an environment variable"


def is_set(variable: str, frame: Frame) -> bool:
    """Whether a branch here is reached only when the variable is set: then its default plays no part."""
    for branch in frame.branches:
        test = frame.session.tests.get(branch.test)
        if isinstance(test, FromEnvironment) and test.variable == variable:
            standard = default_of(test)
            usual = None if standard is MISSING else truth(standard)
            if usual is not None and usual is not branch.taken:
                return True
    return False


def read_environment(
    name: Any, default: Any, *, frame: Frame, node: ast.AST, cast: str = "str"
) -> FromEnvironment:
    """`os.environ.get(name, default)`; a name that is not known is told as such."""
    found = default_of(name)
    label = found if isinstance(found, str) and found else UNNAMED
    frame.session.note_variable(label, frame.where(node))
    if label in frame.session.environment:
        default = frame.session.environment[label]
    if is_set(label, frame):
        default = MISSING
    known = {"bool": bool, "int": int, "float": float}
    for kind_name, kind in known.items():
        if type(default) is kind and cast == "str":
            cast = kind_name
    return FromEnvironment(label, default, cast)

"""Making one environment value of two outcomes when an environment variable decides between them."""

from __future__ import annotations

from typing import Any

from tenfold.project.readers.settings_evaluator.lifting import default_of, join_names
from tenfold.project.readers.settings_evaluator.operators import truth
from tenfold.project.settings_values import MISSING, Choice, FromEnvironment, Undetermined

_CASTS = {bool: "bool", int: "int", float: "float", str: "str"}


def both_ways(
    test: Any, outcomes: tuple[Any, Any], *, negated: bool = False, only_if_dependent: bool = False
) -> Any:
    """What `outcomes[0] if test else outcomes[1]` is, when `test` hangs on the environment.

    The outcome when nothing is set becomes the default: `int(v) if v else 5` is
    `FromEnvironment("V", 5, "int")`. None when the two are better told apart by their condition.
    """
    if not isinstance(test, FromEnvironment):
        return None if only_if_dependent else Undetermined("depends on a value that is not known")
    if negated:
        outcomes = outcomes[1], outcomes[0]
    if only_if_dependent and not _dependent(test, outcomes):
        return None
    standard = default_of(test)
    known = None if standard is MISSING else truth(standard)
    if known is None:
        return _required(test, outcomes)
    usual, other = outcomes if known else (outcomes[1], outcomes[0])
    if isinstance(usual, (Undetermined, Choice)):
        return usual
    default = default_of(usual)
    names = join_names(*(o.variable for o in (usual, test, other) if isinstance(o, FromEnvironment)))
    if isinstance(other, Undetermined) and isinstance(usual, FromEnvironment):
        names = usual.variable
    return FromEnvironment(names, default, _cast(default, usual, other))


def _required(test: FromEnvironment, outcomes: tuple[Any, Any]) -> Any:
    variables = [o for o in outcomes if isinstance(o, FromEnvironment)]
    names = join_names(test.variable, *(o.variable for o in variables))
    same = [o for o in outcomes if not isinstance(o, FromEnvironment)]
    cast = variables[0].cast if variables else _CASTS.get(type(same[0]), "str")
    return FromEnvironment(names, MISSING, cast)


def _cast(default: Any, usual: Any, other: Any) -> str:
    if type(default) in _CASTS:
        return _CASTS[type(default)]
    for outcome in (usual, other):
        if isinstance(outcome, FromEnvironment):
            return outcome.cast
    return _CASTS.get(type(other), "str")


def _dependent(test: FromEnvironment, outcomes: tuple[Any, Any]) -> bool:
    names = set(test.variable.split(", "))
    for outcome in outcomes:
        if isinstance(outcome, FromEnvironment) and names & set(outcome.variable.split(", ")):
            return True
    return all(isinstance(outcome, bool) for outcome in outcomes)

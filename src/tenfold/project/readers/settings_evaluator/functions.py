"""Calls of the project's own functions, by evaluating their bodies."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.folding import both_ways
from tenfold.project.readers.settings_evaluator.lifting import choose, flatten
from tenfold.project.readers.settings_evaluator.mutations import set_item
from tenfold.project.readers.settings_evaluator.objects import (
    Binding,
    Frame,
    InstanceObject,
    Returned,
    Undecided,
)
from tenfold.project.readers.settings_evaluator.session import DEPTH
from tenfold.project.settings_values import (
    Entries,
    FromEnvironment,
    Listed,
    Possible,
    Tupled,
    Undetermined,
    describe_branches,
    make_tuple,
)

if TYPE_CHECKING:
    from tenfold.project.readers.settings_evaluator.objects import FunctionObject

_CONTAINERS = (Entries, Listed, Tupled)


def call_function(
    function: FunctionObject, arguments: list[Any], keywords: dict[str, Any], *, frame: Frame, text: str
) -> Any:
    """The value a project function returns for these arguments; Undetermined when it cannot be followed."""
    if frame.depth >= DEPTH:
        return Undetermined(f"calls {function.name} too deeply")
    node = function.node
    names = _bind_parameters(function, arguments, keywords)
    if names is None:
        return Undetermined(f"calls {function.name} with arguments that are not known")
    home = function.frame
    inner = Frame(
        frame.session,
        home.module,
        names,
        outer=home,
        branches=frame.branches,
        call=f"{frame.call} in {text}" if frame.call else text,
        kind="function",
        owner=function.owner,
        instance=next((a for a in arguments[:1] if isinstance(a, InstanceObject)), None),
        depth=frame.depth + 1,
        caller=frame,
    )
    if isinstance(node, ast.Lambda):
        return frame.session.evaluate(node.body, inner)
    if _unusual(node):
        return Undetermined(f"calls {function.name}")
    try:
        frame.session.run(node.body, inner)
    except Undecided:
        return Undetermined(f"calls {function.name}, which loops over what is not known")
    if not inner.ended:
        inner.returns.append(Returned(inner.branches, None))
    return combine_returns(inner, frame, function.name)


def _unusual(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Coroutines and generators; decorators other than the harmless ones are judged when it is defined."""
    if isinstance(node, ast.AsyncFunctionDef):
        return True
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(node))


def _bind_parameters(
    function: FunctionObject, arguments: list[Any], keywords: dict[str, Any]
) -> dict[str, Binding] | None:
    given = function.node.args
    home = function.frame
    where = home.where(function.node)
    parameters = [*given.posonlyargs, *given.args]
    names = {p.arg: Binding(a, where) for p, a in zip(parameters, arguments, strict=False)}
    rest = dict(keywords)
    for parameter in (*parameters, *given.kwonlyargs):
        if parameter.arg in rest:
            names[parameter.arg] = Binding(rest.pop(parameter.arg), where)
    _bind_defaults(names, function)
    if given.vararg is not None:
        names[given.vararg.arg] = Binding(make_tuple(arguments[len(parameters) :]), where)
    elif len(arguments) > len(parameters):
        return None
    if given.kwarg is not None:
        extra = Entries()
        for key, value in rest.items():
            set_item(extra, key, value, where=where)
        names[given.kwarg.arg] = Binding(extra, where)
    missing = [p for p in (*parameters, *given.kwonlyargs) if p.arg not in names]
    return None if missing or (rest and given.kwarg is None) else names


def _bind_defaults(names: dict[str, Binding], function: FunctionObject) -> None:
    given, home = function.node.args, function.frame
    parameters = [*given.posonlyargs, *given.args]
    trailing = parameters[len(parameters) - len(given.defaults) :]
    pairs = [
        *zip(trailing, given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for parameter, default in pairs:
        if parameter.arg not in names and default is not None:
            if id(default) not in function.defaults:
                function.defaults[id(default)] = home.session.evaluate(default, home)
            names[parameter.arg] = Binding(function.defaults[id(default)], home.where(default))


def combine_returns(inner: Frame, frame: Frame, name: str) -> Any:
    """One value of all the returns that may be reached, folded where the environment decides."""
    returns = inner.returns
    if not returns:
        return Undetermined(f"{name} always raises")
    result = returns[-1].value
    for returned in reversed(returns[:-1]):
        result = _combine(returned, result, inner, frame=frame)
    return result


def _combine(returned: Returned, rest: Any, inner: Frame, *, frame: Frame) -> Any:
    branches = returned.branches[len(frame.branches) :]
    tests = [inner.session.tests.get(branch.test) for branch in branches]
    # What the environment decides is a variable with a default, but lists and dicts differ part by part.
    parts = isinstance(returned.value, _CONTAINERS) and isinstance(rest, _CONTAINERS)
    if not parts and all(isinstance(test, FromEnvironment) for test in tests):
        value = returned.value
        for branch, test in reversed(list(zip(branches, tests, strict=True))):
            value = both_ways(test, (value, rest), negated=not branch.taken)
        return value
    if isinstance(rest, Undetermined) and isinstance(returned.value, Undetermined):
        return rest
    where = frame.session.call_sites[0] if frame.session.call_sites else inner.where(ast.Pass())
    first = Possible(None, where, describe_branches(branches), branches=branches)
    options = flatten(returned.value, first)
    if len(branches) == 1:
        return choose([*options, *flatten(rest, first.against(branches[0]))])
    return Undetermined("depends on several conditions")

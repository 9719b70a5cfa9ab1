"""Values that a Python configuration file assigns at module level, told without running it."""

from __future__ import annotations

import ast
import builtins
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.settings import MISSING, Possible, Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Readers of the environment, by the last name of the callee: os.environ.get, os.getenv, decouple.config,
# environ.Env()(...), env.int(...). The first argument is the variable, the second or `default` its default.
_ENVIRONMENT_CALLS = ("getenv", "environ.get", "environ.setdefault", "config", "env", "env.str", "env.int")
_ENVIRONMENT_CALLS_TYPED = ("env.bool", "env.float", "env.list")
_CASTS: Mapping[str, Callable[[object], object]] = {
    "int": lambda value: int(str(value)),
    "float": lambda value: float(str(value)),
    "str": str,
    "bool": bool,
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Div: lambda a, b: a / b,
}


@dataclass(frozen=True)
class Evaluated:
    """Names assigned at module level with every value they can have, in order of assignment."""

    values: dict[str, tuple[Possible, ...]]
    complete: bool
    """False when a star import or `exec` may set more."""


@dataclass
class _State:
    """What the evaluation has seen so far; lives for one file."""

    path: str
    values: dict[str, tuple[Possible, ...]] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Told:
    """A value and the environment variable that decides it ("" when none does)."""

    value: object
    variable: str = ""


class _CannotTell(Exception):
    """The expression is none that can be evaluated."""


def evaluate_module(text: str, path: str) -> Evaluated:
    """Evaluate the module's assignments. Raises SyntaxError (also for null bytes and too deep nesting)."""
    state = _State(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the project's code; they are nobody's concern here
            tree = ast.parse(text)
        _run(tree.body, state, "")
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or type(error).__name__) from error
    return Evaluated(state.values, state.complete)


def _run(body: list[ast.stmt], state: _State, condition: str) -> None:
    for statement in body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _assign(target, value, state, condition)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _assign(target, value, state, condition)
            case ast.AugAssign(target=ast.Name(id=name)):
                told = Undetermined(ast.unparse(statement))
                state.values[name] = (Possible(told, Location(state.path, statement.lineno), condition),)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                where = Location(state.path, statement.lineno)
                state.values[name] = (Possible(Reference(name), where, condition),)
            case ast.If():
                _branch(statement, state, condition)
            case ast.Try(body=inner) | ast.With(body=inner):
                _run(inner, state, condition)
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                state.complete = False


def _assign(target: ast.expr, value: ast.expr, state: _State, condition: str) -> None:
    if not isinstance(target, ast.Name):
        return
    where = Location(state.path, value.lineno)
    try:
        told = _tell(value, state)
    except (_CannotTell, ValueError, TypeError, ArithmeticError, RecursionError):
        told = _Told(_refer(value))
    state.values[target.id] = (Possible(told.value, where, condition, told.variable),)


def _refer(expression: ast.expr) -> object:
    """What stands for an expression that cannot be told; `min(a, b)` is no object known by its name."""
    called = isinstance(expression, ast.Call)
    dotted = _dotted(expression.func if isinstance(expression, ast.Call) else expression)
    if dotted and not (called and hasattr(builtins, dotted)):
        return Reference(dotted, called=called)
    return Undetermined(ast.unparse(expression))


def _branch(statement: ast.If, state: _State, condition: str) -> None:
    """Values after an `if`: those of both branches; what a branch leaves alone keeps its earlier values."""
    test = ast.unparse(statement.test)
    before = dict(state.values)
    _run(statement.body, state, f"{condition} and {test}" if condition else test)
    then, state.values = state.values, dict(before)
    _run(statement.orelse, state, f"{condition} and not ({test})" if condition else f"not ({test})")
    for name in {**then, **state.values}:
        both = (*state.values.get(name, ()), *then.get(name, ()))
        state.values[name] = tuple(dict.fromkeys(both)) if _hashable(both) else _distinct(both)


def _hashable(values: tuple[Possible, ...]) -> bool:
    return all(isinstance(possible.value, str | int | float | bool | None) for possible in values)


def _distinct(values: tuple[Possible, ...]) -> tuple[Possible, ...]:
    return tuple(value for index, value in enumerate(values) if value not in values[:index])


def _tell(node: ast.expr, state: _State) -> _Told:
    match node:
        case ast.Constant(value=value):
            return _Told(value)
        case ast.Name(id=name):
            return _look_up(name, state)
        case ast.Call():
            return _tell_call(node, state)
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return _tell_collection(node, state)
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as variable)) if _is_environment(
            owner
        ):
            return _Told(MISSING, variable)
    return _tell_operation(node, state)


def _tell_collection(node: ast.List | ast.Tuple | ast.Set | ast.Dict, state: _State) -> _Told:
    if not isinstance(node, ast.Dict):
        return _Told([_tell(item, state).value for item in node.elts])
    pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    return _Told({str(_tell(key, state).value): _tell(value, state).value for key, value in pairs})


def _tell_operation(node: ast.expr, state: _State) -> _Told:
    match node:
        case ast.JoinedStr(values=parts):
            return _join([_tell_part(part, state) for part in parts])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _negate(_tell(operand, state))
        case ast.BinOp(left=left, op=operator, right=right):
            return _compute(_tell(left, state), operator, _tell(right, state))
        case ast.BoolOp(op=ast.Or(), values=[first, second]):
            return _choose(_tell(first, state), second, state)
    raise _CannotTell


def _tell_part(part: ast.expr, state: _State) -> _Told:
    return _tell(part.value if isinstance(part, ast.FormattedValue) else part, state)


def _look_up(name: str, state: _State) -> _Told:
    known = state.values.get(name, ())
    if len(known) != 1 or known[0].condition or isinstance(known[0].value, Undetermined | Reference):
        raise _CannotTell
    return _Told(known[0].value, known[0].variable)


def _join(parts: list[_Told]) -> _Told:
    variable = next((part.variable for part in parts if part.variable), "")
    if any(part.value is MISSING for part in parts):
        return _Told(MISSING, variable)
    return _Told("".join(str(part.value) for part in parts), variable)


def _negate(told: _Told) -> _Told:
    if not isinstance(told.value, int | float):
        raise _CannotTell
    return _Told(-told.value, told.variable)


def _compute(left: _Told, operator: ast.operator, right: _Told) -> _Told:
    variable = left.variable or right.variable
    if MISSING in (left.value, right.value):
        return _Told(MISSING, variable)
    if isinstance(left.value, str) and isinstance(right.value, str) and isinstance(operator, ast.Add):
        return _join([left, right])
    compute = _ARITHMETIC.get(type(operator))
    if compute is None or not isinstance(left.value, int | float) or not isinstance(right.value, int | float):
        raise _CannotTell
    return _Told(compute(left.value, right.value), variable)


def _choose(first: _Told, second: ast.expr, state: _State) -> _Told:
    """`os.environ.get("X") or 4`: the second stands where the first is empty."""
    if not first.variable:
        raise _CannotTell
    if first.value:
        return first
    return _Told(_tell(second, state).value, first.variable)


def _is_environment(node: ast.expr) -> bool:
    return _dotted(node).rpartition(".")[2] in ("environ", "env")


def _dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of names, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _tell_call(node: ast.Call, state: _State) -> _Told:
    callee = _dotted(node.func)
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if callee in _CASTS and len(node.args) == 1 and not keywords:
        told = _tell(node.args[0], state)
        return told if told.value in (MISSING, None) else _Told(_CASTS[callee](told.value), told.variable)
    if not _reads_environment(callee) or not node.args:
        raise _CannotTell
    variable = _tell(node.args[0], state).value
    default = node.args[1] if len(node.args) > 1 else keywords.get("default")
    value = MISSING if default is None else _tell(default, state).value
    cast = _CASTS.get(_dotted(keywords["cast"])) if "cast" in keywords else None
    return _Told(value if cast is None or value in (MISSING, None) else cast(value), str(variable))


def _reads_environment(callee: str) -> bool:
    known = (*_ENVIRONMENT_CALLS, *_ENVIRONMENT_CALLS_TYPED)
    return any(callee == name or callee.endswith(f".{name}") for name in known)

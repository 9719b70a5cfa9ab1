"""Evaluation of expressions: one function per kind of syntax node."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import attributes, conditions, elements, operators
from tenfold.project.readers.settings_evaluator.calls import evaluate_call
from tenfold.project.readers.settings_evaluator.comprehensions import comprehend
from tenfold.project.readers.settings_evaluator.environment import is_set, read_environment
from tenfold.project.readers.settings_evaluator.folding import both_ways
from tenfold.project.readers.settings_evaluator.imports import has_name, look_up, resolve_lazy
from tenfold.project.readers.settings_evaluator.joining import join
from tenfold.project.readers.settings_evaluator.lifting import all_names, compatible, distribute, lift
from tenfold.project.readers.settings_evaluator.mutations import set_item, update
from tenfold.project.readers.settings_evaluator.objects import (
    NAMESPACES,
    ROOT,
    Binding,
    FunctionObject,
    LazyImport,
    namespace,
)
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Reference,
    Undetermined,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Frame
    from tenfold.project.settings_values import Branch


def evaluate(node: ast.expr, frame: Frame) -> Any:
    """The value of an expression; Undetermined(why) where it cannot be told."""
    frame.session.spend()
    handler = EVALUATORS.get(type(node))
    if handler is None:
        return Undetermined(f"{type(node).__name__} is not followed")
    return handler(node, frame)


def _constant(node: ast.Constant, _: Frame) -> Any:
    return node.value


def _name(node: ast.Name, frame: Frame) -> Any:
    binding = frame.find(node.id)
    if binding is None:
        return _unbound(node, frame)
    value = binding.value
    if isinstance(value, LazyImport):
        value = resolve_lazy(value, frame)
        if node.id in frame.names:
            # Bound once, so that a branch that changes it changes its own copy.
            frame.names[node.id] = binding._replace(value=value)
    value = compatible(value, frame.branches)
    if isinstance(value, FromEnvironment) and is_set(value.variable, frame):
        return FromEnvironment(all_names(value), MISSING, value.cast)
    return value


def _unbound(node: ast.Name, frame: Frame) -> Any:
    if node.id == "__file__":
        return f"{ROOT}/{frame.module.path}"
    if node.id == "__name__":
        return frame.module.name
    if node.id in _BUILTINS:
        return Reference(node.id)
    return Undetermined(f"{node.id} is not defined in what could be read")


_BUILTINS = frozenset(
    "int str bool float list tuple set frozenset dict len sorted min max sum any all map filter zip enumerate "
    "range reversed abs round getattr hasattr isinstance print super property globals locals vars open exec "
    "eval type object repr Exception ValueError KeyError ImportError __import__ callable id iter next "
    "classmethod staticmethod bytes setattr format divmod ord chr hex oct bin pow issubclass dir "
    "NotImplementedError RuntimeError AssertionError TypeError AttributeError OSError IOError".split()
)


def _attribute(node: ast.Attribute, frame: Frame) -> Any:
    return attributes.get_attribute(evaluate(node.value, frame), node.attr, frame=frame)


def _list(node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    kind = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
    parts = []
    for part in node.elts:
        starred = isinstance(part, ast.Starred)
        value = evaluate(part.value if isinstance(part, ast.Starred) else part, frame)
        parts.append((value, frame.where(part), starred))
    return elements.build_list(kind, parts)


def _dict(node: ast.Dict, frame: Frame) -> Any:
    made = Entries()
    for key, value in zip(node.keys, node.values, strict=True):
        part = evaluate(value, frame)
        if key is None:
            update(made, [part], {}, where=frame.where(value))
        else:
            set_item(made, elements.plain_key(evaluate(key, frame)), part, where=frame.where(key))
    return made


def _joined(node: ast.JoinedStr, frame: Frame) -> Any:
    parts = [evaluate(part, frame) for part in node.values]
    return lift(lambda *texts: "".join(map(str, texts)), *parts, cast="str")


def _formatted(node: ast.FormattedValue, frame: Frame) -> Any:
    value = evaluate(node.value, frame)
    specification = evaluate(node.format_spec, frame) if node.format_spec else ""
    conversions: dict[int, Callable[[Any], Any]] = {115: str, 114: repr, 97: ascii}
    conversion = conversions.get(node.conversion, lambda part: part)
    return lift(lambda v, s: format(conversion(v), _short(s)), value, specification, cast="str", deep=True)


def _short(specification: str) -> str:
    if len(specification) > 10 or any(len(part) > 3 for part in specification.split(".")):
        raise ValueError(specification)
    return specification


def _binary(node: ast.BinOp, frame: Frame) -> Any:
    left, right = evaluate(node.left, frame), evaluate(node.right, frame)
    return operators.combine(type(node.op), left, right)


def _unary(node: ast.UnaryOp, frame: Frame) -> Any:
    value = evaluate(node.operand, frame)
    if isinstance(node.op, ast.Not):
        known = operators.truth(value)
        return operators.lift_not(True, value) if known is None else not known
    if isinstance(node.op, ast.USub):
        return lift(lambda number: -number, value)
    return lift(lambda number: +number if isinstance(node.op, ast.UAdd) else ~number, value)


def _boolean(node: ast.BoolOp, frame: Frame) -> Any:
    is_or = isinstance(node.op, ast.Or)
    value = evaluate(node.values[0], frame)
    for index, part in enumerate(node.values[1:], start=1):
        known = operators.truth(value)
        if known is is_or:
            return value
        if known is not None:
            value = evaluate(part, frame)
            continue
        test = node.values[0] if index == 1 else ast.BoolOp(node.op, node.values[:index])
        value = _short_circuit(value, part, frame, test=test, is_or=is_or)
    return value


def _short_circuit(value: Any, part: ast.expr, frame: Frame, *, test: ast.expr, is_or: bool) -> Any:
    other = evaluate(part, frame)
    if isinstance(value, FromEnvironment):
        return both_ways(value, (value, other) if is_or else (other, value))
    if isinstance(value, Undetermined) and not isinstance(other, bool):
        return value
    if isinstance(other, bool) and isinstance(value, Undetermined):
        return other if other is is_or else value
    if isinstance(value, Choice):
        return distribute(value, lambda v: _pick(v, other, is_or))
    return Undetermined(f"depends on {ast.unparse(test)}")


def _pick(value: Any, other: Any, is_or: bool) -> Any:
    known = operators.truth(value)
    if known is None:
        if isinstance(value, FromEnvironment):
            return both_ways(value, (value, other) if is_or else (other, value))
        return (
            value if isinstance(value, Undetermined) else Undetermined("depends on a value that is not known")
        )
    return value if known is is_or else other


def _compare(node: ast.Compare, frame: Frame) -> Any:
    left = evaluate(node.left, frame)
    result: Any = True
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(comparator, frame)
        if isinstance(right, Reference) and right.dotted == "os.environ" and isinstance(left, str):
            found = read_environment(left, False, frame=frame, node=node)
            verdict: Any = FromEnvironment(found.variable, left in frame.session.environment, "bool")
            verdict = operators.lift_not(isinstance(operator, ast.NotIn), verdict)
        elif isinstance(right, Reference) and right.dotted in NAMESPACES and isinstance(left, str):
            is_there = has_name(namespace(right.dotted, frame), left, frame)
            verdict = operators.lift_not(isinstance(operator, ast.NotIn), is_there)
        else:
            verdict = operators.compare(type(operator), left, right)
        if verdict is False:
            return False
        result = verdict if result is True else lift(lambda a, b: a and b, result, verdict, cast="bool")
        left = right
    return result


def _conditional(node: ast.IfExp, frame: Frame) -> Any:
    verdict = conditions.decide(node.test, frame)
    if isinstance(verdict, bool):
        return evaluate(node.body if verdict else node.orelse, frame)
    other = conditions.other_side(verdict, node.test, frame)
    where = frame.where(node)
    first = Binding(evaluate(node.body, under(frame, verdict)), where)
    second = Binding(evaluate(node.orelse, under(frame, other)), where)
    value = frame.session.tests.get(verdict.test)
    folded = both_ways(value, (first.value, second.value), negated=not verdict.taken, only_if_dependent=True)
    if folded is not None:
        return folded
    return join(first, second, (verdict, other))


def under(frame: Frame, branch: Branch) -> Frame:
    """The same frame under a further branch; names are shared."""
    return replace(frame, branches=(*frame.branches, branch))


def _subscript(node: ast.Subscript, frame: Frame) -> Any:
    container = evaluate(node.value, frame)
    key = evaluate(node.slice, frame)
    if isinstance(container, Reference):
        if container.dotted in NAMESPACES and isinstance(key, str):
            missing = Undetermined(f"{key} is not defined in what could be read")
            return look_up(namespace(container.dotted, frame), key, frame, default=missing)
        if container.dotted == "os.environ":
            return read_environment(key, MISSING, frame=frame, node=node)
        return Undetermined(f"inside {container.dotted}")
    return elements.subscript(container, elements.plain_key(key))


def _slice(node: ast.Slice, frame: Frame) -> Any:
    bounds = [None if part is None else evaluate(part, frame) for part in (node.lower, node.upper, node.step)]
    return lift(slice, *bounds)


def _lambda(node: ast.Lambda, frame: Frame) -> Any:
    return FunctionObject("<lambda>", node, frame)


def _walrus(node: ast.NamedExpr, frame: Frame) -> Any:
    value = evaluate(node.value, frame)
    frame.bind(node.target.id, value, frame.where(node))
    return value


def _starred(node: ast.Starred, frame: Frame) -> Any:
    return evaluate(node.value, frame)


EVALUATORS: dict[type[ast.AST], Callable[[Any, Frame], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Starred: _starred,
    ast.Call: evaluate_call,
    ast.ListComp: comprehend,
    ast.SetComp: comprehend,
    ast.GeneratorExp: comprehend,
    ast.DictComp: comprehend,
}

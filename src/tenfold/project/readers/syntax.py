"""One visit of a Python file's syntax tree: text in, compact facts out, as plain tuples.

It needs the standard library only and no other module of Tenfold, so that it also runs as a script
(`python -I -S syntax.py`) under another interpreter: a marshalled list of texts on standard input, the
marshalled list of results on standard output. It parses; it never compiles to code or executes.

A value is a literal itself, or a tuple whose first entry is one of the tags below
(`tenfold.project.source` turns them into its records).
"""

from __future__ import annotations

import ast
import gc
import marshal
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 5
"""Raise it whenever the facts change: cached facts of another version are not used."""
MARSHAL = 4
"""The marshal format that every supported interpreter reads and writes."""

NAME, INVOKE, ITEMS, PAIRS, OPERATION, OPAQUE = range(6)
STAR = (NAME, "**")

Encoded = Any
Facts = tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]
"""(lines, imports, scopes, calls, assignments, reads, rest): each section marshalled on its own, so that
a reader unpacks what it needs."""
Failure = tuple[int, str]
"""(line, reason) of a file that does not parse."""

_SYMBOLS = (
    "Add + Sub - Mult * MatMult @ Div / FloorDiv // Mod % Pow ** LShift << RShift >> BitOr | BitXor ^ "
    "BitAnd & And and Or or Not not Invert ~ UAdd + USub - Eq == NotEq != Lt < LtE <= Gt > GtE >= Is is In in"
).split()
_OPERATORS = {getattr(ast, name): symbol for name, symbol in zip(_SYMBOLS[::2], _SYMBOLS[1::2])}  # noqa: B905
_OPERATORS.update({ast.IsNot: "is not", ast.NotIn: "not in"})
_LITERALS = (str, int, float, bool, bytes, type(None))
_BRANCHES = (ast.IfExp, ast.BoolOp)
_BARE_EXCEPT = re.compile(
    r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*,?)([ \t]*:)", re.MULTILINE
)


_NODES = {
    "visit_context": "Load Store",
    "visit_constant": "Constant",
    "visit_name": "Name",
    "visit_attribute": "Attribute",
    "visit_call": "Call",
    "visit_subscript": "Subscript",
    "visit_items": "Tuple List Set",
    "visit_dict": "Dict",
    "visit_starred": "Starred",
    "visit_await": "Await",
    "visit_binary": "BinOp",
    "visit_boolean": "BoolOp",
    "visit_unary": "UnaryOp",
    "visit_compare": "Compare",
    "visit_choice": "IfExp",
    "visit_formatted": "JoinedStr",
    "visit_lambda": "Lambda",
    "visit_comprehension": "ListComp SetComp DictComp GeneratorExp",
    "visit_walrus": "NamedExpr",
    "visit_assign": "Assign",
    "visit_augmented": "AugAssign",
    "visit_annotated": "AnnAssign",
    "visit_import": "Import",
    "visit_import_from": "ImportFrom",
    "visit_return": "Return",
    "visit_for": "For AsyncFor",
    "visit_while": "While",
    "visit_if": "If",
    "visit_guard": "Try With AsyncWith TryStar Match",
    "visit_with_item": "withitem",
    "visit_class": "ClassDef",
    "visit_function": "FunctionDef AsyncFunctionDef",
}
"""Handler -> the syntax nodes it visits; a node that this interpreter does not know is left out."""
_HANDLERS: dict[type, str] = {
    getattr(ast, node): name for name, nodes in _NODES.items() for node in nodes.split() if hasattr(ast, node)
}


class _Visit:
    """The state of one visit: the records made so far, and where the visit stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.imports: list[Encoded] = []
        self.scopes: list[Encoded] = []
        self.calls: list[Encoded] = []
        self.loops: list[Encoded] = []
        self.assignments: list[Encoded] = []
        self.lambdas: list[Encoded] = []
        self.returns: list[Encoded] = []
        self.uses: list[tuple[str, int, int]] = []
        self.strings: dict[str, int] = {}
        self.scope, self.loop, self.guard, self.qualname = 0, -1, "", ""
        self.bound: dict[str, str] = {}
        self.read: set[str] = set()
        self.reads: dict[int, set[str]] = {0: self.read}
        self.known: dict[str, str] = {}
        self.handlers: dict[type, Callable[[Any], Encoded]] = {
            kind: getattr(self, name) for kind, name in _HANDLERS.items()
        }

    # Expressions: each handler visits its node once and returns the encoded value.

    def expression(self, node: ast.AST) -> Encoded:
        return self.handlers.get(type(node), self.visit_other)(node)

    def visit_other(self, node: ast.AST) -> Encoded:
        handlers, other = self.handlers, self.visit_other
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        handlers.get(type(item), other)(item)
            elif isinstance(value, ast.AST):
                handlers.get(type(value), other)(value)
        return (OPAQUE, type(node).__name__)

    def visit_context(self, node: ast.AST) -> Encoded:
        return None

    def visit_constant(self, node: ast.Constant) -> Encoded:
        value = node.value
        if type(value) is str:
            if len(value) <= 120 and value not in self.strings and value.split() == [value]:
                self.strings[value] = node.lineno
            return value
        return value if isinstance(value, _LITERALS) else (OPAQUE, "Constant")

    def visit_name(self, node: ast.Name) -> Encoded:
        self.read.add(node.id)
        return (NAME, node.id)

    def visit_attribute(self, node: ast.expr) -> Encoded:
        dotted = self.dotted(node)
        self.read.add(dotted)
        if self.loop >= 0:
            self.uses.append((dotted, node.lineno, self.loop))
        return (NAME, dotted)

    def dotted(self, node: ast.expr) -> str:
        """The node as a dotted name; what stands inside it is visited, the name itself is not read."""
        parts: list[str] = []
        while True:
            kind = type(node)
            if kind is ast.Attribute:
                parts.append("." + node.attr)  # type: ignore[attr-defined]
            elif kind is ast.Subscript:
                parts.append("[]")
                self.expression(node.slice)  # type: ignore[attr-defined]
            elif kind is not ast.Await:
                break
            node = node.value  # type: ignore[attr-defined]
        head = self.head(node)
        if not parts:
            return head
        parts.append(head)
        parts.reverse()
        name = "".join(parts)
        return self.known.setdefault(name, name)

    def head(self, node: ast.expr) -> str:
        if type(node) is ast.Name:
            return node.id
        value = self.expression(node)
        if type(node) is ast.Call:
            name = value[1] + "()"
            return self.known.setdefault(name, name)
        return '""' if isinstance(value, str) or type(node) is ast.JoinedStr else "?"

    def visit_call(self, node: ast.Call) -> Encoded:
        handlers, other = self.handlers, self.visit_other
        callee = self.dotted(node.func)
        self.read.add(callee)
        args = tuple([handlers.get(type(arg), other)(arg) for arg in node.args])
        keywords = tuple([(k.arg, handlers.get(type(k.value), other)(k.value)) for k in node.keywords])
        line = node.lineno
        place = (line, node.col_offset, node.end_lineno, node.end_col_offset, self.scope, self.loop)
        self.calls.append((callee, args, keywords, *place))
        return (INVOKE, callee, args, keywords, line)

    def visit_subscript(self, node: ast.Subscript) -> Encoded:
        value = self.expression(node.value)
        return (OPERATION, "[]", (value, self.expression(node.slice)))

    def visit_items(self, node: Any) -> Encoded:
        handlers, other = self.handlers, self.visit_other
        values = tuple([handlers.get(type(item), other)(item) for item in node.elts])
        return (ITEMS, type(node).__name__.lower(), values)

    def visit_dict(self, node: ast.Dict) -> Encoded:
        pairs = [
            (STAR if key is None else self.expression(key), self.expression(value))
            for key, value in zip(node.keys, node.values)  # noqa: B905 - runs on older interpreters too
        ]
        return (PAIRS, tuple(pairs))

    def visit_starred(self, node: ast.Starred) -> Encoded:
        return (OPERATION, "*", (self.expression(node.value),))

    def visit_await(self, node: ast.Await) -> Encoded:
        return self.expression(node.value)

    def visit_binary(self, node: ast.BinOp) -> Encoded:
        # Long concatenations are left-deep: walk down instead of recursing.
        spine: list[ast.BinOp] = [node]
        left = node.left
        while type(left) is ast.BinOp:
            spine.append(left)
            left = left.left
        value = self.expression(left)
        values: list[Encoded] = []
        operator = ""
        for step in reversed(spine):
            symbol = _OPERATORS[type(step.op)]
            if values and symbol != operator:
                value, values = (OPERATION, operator, (value, *values)), []
            operator = symbol
            values.append(self.expression(step.right))
        return (OPERATION, operator, (value, *values))

    def visit_boolean(self, node: ast.BoolOp) -> Encoded:
        return (OPERATION, _OPERATORS[type(node.op)], tuple([self.expression(v) for v in node.values]))

    def visit_unary(self, node: ast.UnaryOp) -> Encoded:
        value = self.expression(node.operand)
        if type(node.op) is ast.USub and type(value) in (int, float):
            return -value
        return (OPERATION, _OPERATORS[type(node.op)], (value,))

    def visit_compare(self, node: ast.Compare) -> Encoded:
        values = [self.expression(item) for item in (node.left, *node.comparators)]
        if len(values) == 2:
            return (OPERATION, _OPERATORS[type(node.ops[0])], tuple(values))
        return (OPAQUE, "Compare")

    def visit_choice(self, node: ast.IfExp) -> Encoded:
        test = self.expression(node.test)
        return (OPERATION, "if", (test, self.expression(node.body), self.expression(node.orelse)))

    def visit_formatted(self, node: Any) -> Encoded:
        for part in node.values:
            if type(part) is not ast.Constant:
                self.visit_other(part)
        return (OPAQUE, "JoinedStr")

    def visit_lambda(self, node: ast.Lambda) -> Encoded:
        branches = 0
        for inner in ast.walk(node.body):
            if isinstance(inner, _BRANCHES) or (type(inner) is ast.Compare and len(inner.ops) > 1):
                branches += 1
        self.lambdas.append((node.lineno, self.scope, branches, self.length(node)))
        return self.visit_other(node)

    def length(self, node: ast.expr) -> int:
        first, last = node.lineno, node.end_lineno or node.lineno
        start, end = node.col_offset, node.end_col_offset or 0
        if first == last:
            return end - start
        lines = self.text.encode("utf-8", "surrogatepass").splitlines()[first - 1 : last]
        middle = [line.strip() for line in (lines[0][start:], *lines[1:-1], lines[-1][:end])]
        return len(b" ".join(middle).decode("utf-8", "replace"))

    def visit_comprehension(self, node: Any) -> Encoded:
        outer = self.loop
        for generator in node.generators:
            iterable = self.expression(generator.iter)
            target = self.target(generator.target)
            line, end = generator.target.lineno, node.end_lineno
            self.loops.append(("comprehension", target, iterable, line, end, self.scope, self.loop))
            self.loop = len(self.loops) - 1
            for test in generator.ifs:
                self.expression(test)
        for name in ("key", "value", "elt"):
            part = getattr(node, name, None)
            if part is not None:
                self.expression(part)
        self.loop = outer
        return (OPAQUE, type(node).__name__)

    def visit_walrus(self, node: ast.NamedExpr) -> Encoded:
        value = self.expression(node.value)
        self.assign(node.target, value, node)
        return value

    # Statements.

    def body(self, statements: list[ast.stmt]) -> None:
        handlers, other = self.handlers, self.visit_other
        for statement in statements:
            handlers.get(type(statement), other)(statement)

    def guarded(self, statements: list[ast.stmt], test: Encoded = None) -> None:
        outer = self.guard
        if not outer.endswith("DEBUG"):  # what stands deeper in a branch for development is for it too
            self.guard = test[1] if type(test) is tuple and test[0] == NAME else "?"
        self.body(statements)
        self.guard = outer

    def target(self, node: ast.expr) -> Encoded:
        if type(node) in (ast.Tuple, ast.List):
            values = tuple([self.target(item) for item in node.elts])  # type: ignore[attr-defined]
            return (ITEMS, "tuple", values)
        if type(node) is ast.Starred:
            return (OPERATION, "*", (self.target(node.value),))
        return (NAME, self.dotted(node))

    def assign(self, target: ast.expr, value: Encoded, node: Any, *, operator: str = "=") -> None:
        if type(target) in (ast.Tuple, ast.List):
            self.unpack(target, value, node)
            return
        where = (node.lineno, node.end_lineno, self.scope, self.guard)
        name = self.dotted(target)
        self.assignments.append((name, operator, value, *where))
        if not self.scope and name.isidentifier():
            plain = operator == "=" and type(value) is tuple and value[0] == NAME
            self.bound[name] = value[1] if plain else ""

    def unpack(self, target: Any, value: Encoded, node: Any) -> None:
        """`a, b = 1, 2` sets each; of anything else each target gets the item at its place."""
        targets = target.elts
        starred = any(type(item) is ast.Starred for item in targets)
        literal = type(value) is tuple and value[0] == ITEMS and len(value[2]) == len(targets)
        for index, item in enumerate(targets):
            part: Encoded = (OPERATION, "[]", (value, index))
            if starred:
                part = (OPAQUE, "Starred")
            elif literal:
                part = value[2][index]
            self.assign(item.value if type(item) is ast.Starred else item, part, node)

    def visit_assign(self, node: ast.Assign) -> Encoded:
        value = self.expression(node.value)
        for target in node.targets:
            self.assign(target, value, node)

    def visit_augmented(self, node: ast.AugAssign) -> Encoded:
        value = self.expression(node.value)
        self.assign(node.target, value, node, operator=_OPERATORS[type(node.op)])

    def visit_annotated(self, node: ast.AnnAssign) -> Encoded:
        self.expression(node.annotation)
        if node.value is not None:
            self.assign(node.target, self.expression(node.value), node)

    def visit_import(self, node: ast.Import) -> Encoded:
        for item in node.names:
            module, name, alias = item.name, "", item.asname or item.name.partition(".")[0]
            if item.asname and "." in module and item.asname == module.partition(".")[0]:
                # `import a.b as a` binds a.b, where `import a.b` binds a.
                module, _, name = module.rpartition(".")
            self.imports.append((module, name, alias, node.lineno, self.scope, 0))

    def visit_import_from(self, node: ast.ImportFrom) -> Encoded:
        for item in node.names:
            name = (node.module or "", item.name, item.asname or item.name)
            self.imports.append((*name, node.lineno, self.scope, node.level))

    def visit_return(self, node: ast.Return) -> Encoded:
        if node.value is not None:
            self.returns.append((self.expression(node.value), node.lineno, self.scope))

    def visit_for(self, node: Any) -> Encoded:
        kind = "for" if type(node) is ast.For else "async for"
        self.repeat(node, (kind, self.target(node.target), self.expression(node.iter)))

    def visit_while(self, node: ast.While) -> Encoded:
        self.repeat(node, ("while", None, None))

    def repeat(self, node: Any, head: tuple[str, Encoded, Encoded]) -> None:
        outer = self.loop
        self.loops.append((*head, node.lineno, node.end_lineno, self.scope, outer))
        index = self.loop = len(self.loops) - 1
        if type(node) is ast.While:
            # The test runs at each turn, so it stands inside the loop that it rules.
            test = self.expression(node.test)
            self.loops[index] = ("while", None, test, *self.loops[index][3:])
        self.guarded(node.body)
        self.loop = outer
        self.guarded(node.orelse)

    def visit_if(self, node: ast.If) -> Encoded:
        self.guarded(node.body, self.expression(node.test))
        rest = node.orelse
        while len(rest) == 1 and type(rest[0]) is ast.If:
            self.guarded(rest[0].body, self.expression(rest[0].test))
            rest = rest[0].orelse
        self.guarded(rest)

    def visit_guard(self, node: ast.AST) -> Encoded:
        outer, self.guard = self.guard, self.guard or "?"
        self.visit_other(node)
        self.guard = outer

    def visit_with_item(self, node: ast.withitem) -> Encoded:
        self.expression(node.context_expr)
        if node.optional_vars is not None:
            self.target(node.optional_vars)

    def visit_class(self, node: ast.ClassDef) -> Encoded:
        bases = tuple([self.expression(base) for base in node.bases])
        keywords = tuple([(k.arg, self.expression(k.value)) for k in node.keywords])
        self.enter(node, ("class", bases, keywords, ()), loop=self.loop)

    def visit_function(self, node: Any) -> Encoded:
        given = node.args
        placed = [*getattr(given, "posonlyargs", ()), *given.args, given.vararg]
        named = [*placed, *given.kwonlyargs, given.kwarg]
        self.visit_other(given)
        if node.returns is not None:
            self.expression(node.returns)
        kind = "function" if type(node) is ast.FunctionDef else "async function"
        self.enter(node, (kind, (), (), tuple([item.arg for item in named if item is not None])), loop=-1)

    def enter(self, node: Any, facts: tuple[str, Encoded, Encoded, tuple[str, ...]], *, loop: int) -> None:
        kind, bases, keywords, parameters = facts
        decorators = tuple([self.expression(item) for item in node.decorator_list])
        outer = self.scope, self.loop, self.guard, self.qualname, self.read
        self.qualname = f"{self.qualname}.{node.name}" if self.qualname else node.name
        place = (self.qualname, self.scope, node.lineno, node.end_lineno)
        self.scopes.append((kind, node.name, *place, decorators, bases, keywords, parameters))
        self.scope, self.loop, self.guard = len(self.scopes) - 1, loop, ""
        self.read = self.reads[self.scope] = set()
        for parameter in getattr(node, "type_params", ()):
            self.visit_other(parameter)
        self.body(node.body)
        self.scope, self.loop, self.guard, self.qualname, self.read = outer


def parse(text: str) -> ast.Module:
    """The tree. `except A, B:` (PEP 758) is parenthesised where the interpreter is older than 3.14; lines
    stay as they are. Raises SyntaxError, ValueError, RecursionError or MemoryError."""
    try:
        return ast.parse(text)
    except SyntaxError:
        normal = _BARE_EXCEPT.sub(r"\1(\2)\3", text)
        if sys.version_info >= (3, 14) or normal == text:
            raise
    return ast.parse(normal)


def extract(text: str) -> Facts | Failure:
    """The facts of one file, or where and why it does not parse. Never raises."""
    try:
        return pack(text, parse(text))
    except SyntaxError as error:
        return (error.lineno or 0, error.msg or "invalid syntax")
    except (RecursionError, MemoryError):
        return (0, "nested too deeply to be read")
    except ValueError as error:
        return (0, str(error))


def pack(text: str, tree: ast.Module) -> Facts:
    visit = _Visit(text)
    lines = text.count("\n") + (not text.endswith("\n")) if text else 0
    visit.scopes.append(("module", "", "", -1, 1, max(lines, 1), (), (), (), ()))
    visit.body(tree.body)
    reads = {scope: tuple(sorted(names)) for scope, names in visit.reads.items() if names}
    sections = ((visit.imports, visit.bound), visit.scopes, visit.calls, visit.assignments, reads)
    rest = (visit.loops, visit.lambdas, visit.strings, visit.returns, visit.uses)
    imports, scopes, calls, assignments, read = [marshal.dumps(section, MARSHAL) for section in sections]
    return (lines, imports, scopes, calls, assignments, read, marshal.dumps(rest, MARSHAL))


def extract_all(texts: list[str]) -> list[Facts | Failure]:
    """`extract` for many files, with the cyclic garbage collector at rest: trees hold no cycles, and the
    collector would visit every node again and again (2 to 4 times the wall time)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [extract(text) for text in texts]
    finally:
        if collecting:
            gc.enable()


def main() -> int:
    texts = [text.decode("utf-8", "surrogatepass") for text in marshal.load(sys.stdin.buffer)]
    marshal.dump(extract_all(texts), sys.stdout.buffer, MARSHAL)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

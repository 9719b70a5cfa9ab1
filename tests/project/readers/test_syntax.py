from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.project.readers import syntax
from tenfold.project.readers.interpreters import find_newer_interpreters, parse_elsewhere
from tenfold.project.readers.syntax import extract
from tenfold.project.source import (
    STAR,
    Invoke,
    Items,
    Module,
    Name,
    Opaque,
    Operation,
    Pairs,
)

if TYPE_CHECKING:
    from tenfold.project.source import Value


def read(text: str, path: str = "shop/views.py", name: str = "shop.views") -> Module:
    facts = extract(text)
    assert len(facts) == 7, facts
    return Module(path, name, facts)


def value_of(text: str) -> Value:
    return read(f"x = {text}").assignments[-1].value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ("-1", -1),
        ("None", None),
        ("a.b", Name("a.b")),
        ("await a.b", Name("a.b")),
        (
            "f(1, *a, b=2, **c)",
            Invoke("f", (1, Operation("*", (Name("a"),))), (("b", 2), (None, Name("c"))), 1),
        ),
        ("Post.objects.filter(a=1)[0].title", Name("Post.objects.filter()[].title")),
        ("Post.objects.all().order_by('x')", Invoke("Post.objects.all().order_by", ("x",), (), 1)),
        ("', '.join(a)", Invoke('"".join', (Name("a"),), (), 1)),
        ("(a or b).strip()", Invoke("?.strip", (), (), 1)),
        ("[1, (2,), {3}]", Items("list", (1, Items("tuple", (2,)), Items("set", (3,))))),
        ("{'a': 1, **b}", Pairs((("a", 1), (STAR, Name("b"))))),
        ("1 + a + 2 - b", Operation("-", (Operation("+", (1, Name("a"), 2)), Name("b")))),
        ("a or b or c", Operation("or", (Name("a"), Name("b"), Name("c")))),
        ("not a", Operation("not", (Name("a"),))),
        ("a.count() > 0", Operation(">", (Invoke("a.count", (), (), 1), 0))),
        ("b if a else c", Operation("if", (Name("a"), Name("b"), Name("c")))),
        ("os.environ['A']", Operation("[]", (Name("os.environ"), "A"))),
        ("lambda: 0", Opaque("Lambda")),
        ("f'{a}'", Opaque("JoinedStr")),
        ("[a for a in b]", Opaque("ListComp")),
        ("3j", Opaque("Constant")),
    ],
)
def test_an_expression_is_reduced_to_its_value(text: str, value: Value) -> None:
    assert value_of(text) == value


def test_a_call_knows_its_place_scope_and_innermost_loop() -> None:
    module = read(
        "def f(items):\n"
        "    for item in load():\n"
        "        while more():\n"
        "            item.save(\n"
        "                force=True)\n"
        "        done = [price(x) for x in item.lines() if keep(x)]\n"
        "    close()\n"
    )
    calls = {call.callee: call for call in module.calls}
    loops = module.loops
    assert calls["load"].loop == -1
    assert loops[calls["more"].loop].kind == "while"
    assert (calls["item.save"].line, calls["item.save"].end_line, calls["item.save"].column) == (4, 5, 12)
    assert loops[loops[calls["item.save"].loop].parent].kind == "for"
    assert loops[calls["item.lines"].loop].kind == "for"
    assert loops[calls["price"].loop].kind == loops[calls["keep"].loop].kind == "comprehension"
    assert calls["close"].loop == -1
    assert module.scopes[calls["close"].scope].qualname == "f"
    assert calls["item.save"].keyword("force") is True


def test_a_function_inside_a_loop_starts_outside_of_loops() -> None:
    module = read("for a in b:\n    def f():\n        g()\n")
    assert module.calls[0].loop == -1


def test_scopes_carry_bases_decorators_keywords_and_parameters() -> None:
    module = read(
        "@register(Order)\n"
        "class Admin(Base, Generic[T], metaclass=Meta):\n"
        "    @property\n"
        "    async def total(self, /, a, *rest, key=1, **options): ...\n"
    )
    admin, total = module.scopes[1:]
    assert (admin.kind, admin.qualname, admin.line, admin.end_line) == ("class", "Admin", 2, 4)
    assert admin.bases == (Name("Base"), Operation("[]", (Name("Generic"), Name("T"))))
    assert admin.keywords == (("metaclass", Name("Meta")),)
    assert admin.decorators == (Invoke("register", (Name("Order"),), (), 1),)
    assert (total.kind, total.qualname, total.parent) == ("async function", "Admin.total", 1)
    assert total.parameters == ("self", "a", "rest", "key", "options")


def test_an_assignment_tells_what_guards_it_inside_its_scope() -> None:
    module = read("A = 1\nif x:\n    B = 2\n    class C:\n        d = 3\nE += 4\nif not x:\n    F = 5\n")
    found = {a.target: (a.operator, a.value, a.guard) for a in module.assignments}
    assert found == {
        "A": ("=", 1, ""),
        "B": ("=", 2, "x"),
        "d": ("=", 3, ""),
        "E": ("+", 4, ""),
        "F": ("=", 5, "?"),
    }


def test_what_stands_deeper_in_a_branch_for_debug_is_guarded_by_debug() -> None:
    module = read(
        "if settings.DEBUG:\n    try:\n        A = 1\n    finally:\n        if x:\n            B = 2\n"
    )
    assert {a.target: a.guard for a in module.assignments} == {"A": "settings.DEBUG", "B": "settings.DEBUG"}


def test_unpacking_gives_each_target_its_part() -> None:
    module = read("a, b = 1, 2\nc, d = f()\ne, *g = h\n")
    found = {a.target: a.value for a in module.assignments}
    assert (found["a"], found["b"]) == (1, 2)
    assert found["d"] == Operation("[]", (Invoke("f", (), (), 2), 1))
    assert found["g"] == Opaque("Starred")


def test_relative_imports_are_absolute() -> None:
    text = "from . import a\nfrom ..b import c as d\nfrom .e import *\nimport f.g\nimport h.i as h\n"
    inner = [i[:3] for i in read(text, "shop/orders/views.py", "shop.orders.views").imports]
    assert inner == [
        ("shop.orders", "a", "a"),
        ("shop.b", "c", "d"),
        ("shop.orders.e", "*", "*"),
        ("f.g", "", "f"),
        ("h", "i", "h"),
    ]
    assert read(text, "shop/orders/__init__.py", "shop.orders").imports[1].module == "shop.b"


def test_names_and_strings_are_gathered() -> None:
    module = read("a.b.c\nf('k', 'two words', '')\nx = 'k'\nd['e'].g\n")
    assert {"a.b.c", "f", "d[].g"} <= module.names
    assert "x" not in module.names
    assert module.strings == {"k": 2, "e": 4}


def test_a_lambda_counts_its_branches() -> None:
    module = read("f = lambda x: (x if x and\n   0 < x < 9 else [y for y in x])\n")
    (found,) = module.lambdas
    assert found.branches == 3
    assert found.length == len("lambda x: (x if x and 0 < x < 9 else [y for y in x])")


def test_except_without_parentheses_is_read_with_its_lines_kept() -> None:
    module = read("try:\n    f()\nexcept ValueError, a.KeyError:\n    g()\n")
    assert [(c.callee, c.line) for c in module.calls] == [("f", 2), ("g", 4)]
    assert "a.KeyError" in module.names


def test_a_syntax_error_gives_its_line() -> None:
    assert extract("a = 1\nb = = 2\n")[0] == 2


@pytest.mark.parametrize("text", ["a = 1\0", "x = '\ud800'"])
def test_text_that_is_no_source_gives_a_reason(text: str) -> None:
    facts = extract(text)
    assert len(facts) == 2
    assert facts[1]


def test_deep_nesting_gives_a_reason_and_no_crash() -> None:
    for text in (
        "(" * 5000 + ")" * 5000,
        "x = " + "[" * 150 + "]" * 150,
        "-" * 3000 + "1",
        "f" + "()" * 3000,
    ):
        facts = extract(text)
        assert len(facts) in (2, 7)
        if len(facts) == 7:
            assert Module("a.py", "a", facts).calls is not None


def test_a_long_concatenation_is_read() -> None:
    module = read("x = " + " + ".join(["a"] * 1000))
    assert module.assignments[0].value == Operation("+", (Name("a"),) * 1000)


def test_a_long_chain_of_elif_is_read() -> None:
    module = read("if a:\n    b()\n" + "elif a:\n    c()\n" * 400 + "else:\n    d()\n")
    assert len(module.calls) == 402


def test_invalid_escapes_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (facts,) = syntax.extract_all(["x = '\\d'"])
    assert len(facts) == 7


def test_reading_a_file_executes_nothing() -> None:
    assert len(extract("raise SystemExit(9)\n1/0\n")) == 7


def test_it_runs_alone_under_another_interpreter() -> None:
    texts = ["f(x)\n", "x = = 1\n", "x = '\ud800'\n"]
    assert parse_elsewhere(sys.executable, texts) == [extract(text) for text in texts]


def test_a_program_that_is_no_interpreter_gives_nothing() -> None:
    assert parse_elsewhere("no-such-python", ["x"]) is None
    assert parse_elsewhere("true", ["x"]) is None


def test_newer_interpreters_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "bin/python3.98",
        "bin/python3.2",
        "bin/python3.99-config",
        "pyenv/versions/3.99.1/bin/python",
    ):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = [Path(program).relative_to(tmp_path).as_posix() for program in find_newer_interpreters()]
    assert found == ["pyenv/versions/3.99.1/bin/python", "bin/python3.98"]

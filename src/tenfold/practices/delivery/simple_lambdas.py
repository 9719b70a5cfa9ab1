"""No lambda holds complex logic.

A lambda has no name in a traceback or a profile, no docstring and no place for a breakpoint: what is worth a
branch is worth a function.
Reported are lambdas with two or more branches (conditional expressions, `and`/`or`) outside tests, their
factories, and migrations. A comprehension is no branch: the key of a natural sort is usual as a lambda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Module

practice = Practice(
    __name__,
    held="Lambdas are simple",
    broken="A lambda holds logic",
    impact=Impact.LOW,
    confidence=Confidence.PREVIEW,
    sources=("BP70",),
    links=("https://docs.python.org/3/reference/expressions.html#lambda",),
)

_BRANCHES = 2
_QUIET = frozenset({"test", "migration"})


def check(project: Project) -> Iterator[Judgement]:
    for module in project.source:
        if project.contexts.of(module.path) & _QUIET:
            continue
        for found in module.lambdas:
            if found.branches >= _BRANCHES and not _makes_test_data(project, module, found.scope):
                yield practice.finding(
                    Location(module.path, found.line),
                    f"A lambda of {found.length} characters with {found.branches} branches has no name in a"
                    " traceback and no place for a test.",
                    remedy="Make it a function with a name.",
                    symbol=module.qualname(found.scope),
                    proof=f"{found.branches} branches",
                )


def _makes_test_data(project: Project, module: Module, scope: int) -> bool:
    """Whether it stands in a factory_boy factory, which takes lambdas."""
    if module.scopes[scope].kind != "class":
        return False
    bases = project.source.ancestors(module.qualname(scope))
    return any(base.startswith(("factory.", "factory_boy.")) for base in bases)


EXAMPLES = (
    Breaks(
        {
            "shop/prices.py": """
                def sort(items):
                    return sorted(items, key=lambda i: i.price if i.on_sale else (i.full or 0))
            """
        },
        at="shop/prices.py:2",
    ),
    Holds(
        {
            "shop/prices.py": """
                def sort(items):
                    return sorted(items, key=lambda item: item.price)
            """
        }
    ),
    LooksAlike(
        {"shop/tests/test_prices.py": "KEY = lambda i: i.a if i.b else (i.c or i.d)\n"},
        because="a test is no place to be reached by a request",
    ),
    LooksAlike(
        {
            "shop/factories.py": """
                import factory

                class ProductFactory(factory.Factory):
                    price = factory.LazyAttribute(lambda p: 1 if p.full and p.sold else (2 if p.sold else 3))
            """
        },
        because="a factory of test data is written with lambdas",
    ),
    LooksAlike(
        {
            "shop/versions.py": """
                def sort(versions):
                    versions.sort(key=lambda v: [int(n) if n.isdigit() else n for n in v.split(".")])
            """
        },
        because="the usual key of a natural sort has one branch",
    ),
)

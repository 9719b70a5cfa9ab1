"""Every Python file of the project can be parsed.

A file with a syntax error fails when it is imported: at best at the start of every process, at worst in the
one request or task that needs it. What cannot be parsed cannot be judged either.
Holds when each file parses under the newest Python on this machine. Files that are templates of code
(`{{ name }}` in a cookiecutter folder) belong in the configuration's `exclude`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Every Python file can be parsed",
    broken="A Python file cannot be parsed",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    links=("https://docs.python.org/3/library/py_compile.html",),
)


def check(project: Project) -> Iterator[Judgement]:
    for unparsed in project.source.unparsed:
        yield practice.finding(
            unparsed.where,
            f"{unparsed.where.path} cannot be parsed: {unparsed.why}.",
            remedy=f"python -m py_compile {unparsed.where.path}, and mend it; or exclude it from the audit.",
            symbol=unparsed.where.path,
            proof=unparsed.why,
            confidence=Confidence.MEDIUM,
        )


def _is_example(path: str) -> bool:
    """Files that are broken on purpose: test data and templates of code."""
    return "{{" in path or not {"test", "tests", "testdata", "fixtures", "data"}.isdisjoint(path.split("/"))


EXAMPLES = (
    Breaks({"shop/prices.py": "def price(:\n    return 1\n"}, at="shop/prices.py:1"),
    Holds({"shop/prices.py": "def price():\n    return 1\n"}),
    LooksAlike(
        {
            "shop/prices.py": """
                def price(text):
                    try:
                        return int(text)
                    except ValueError, TypeError:
                        return 0
            """
        },
        because="Python 3.14 allows several exceptions without parentheses (PEP 758)",
    ),
)

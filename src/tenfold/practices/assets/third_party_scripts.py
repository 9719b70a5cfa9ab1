"""Third-party scripts load with async or defer.

A script in the page without either stops the parser until another company's server has answered: when
that server is slow, every page is.
Holds when each script from another host has `async`, `defer` or `type="module"`. Scripts of the project's
own static files, commented ones and data blocks are not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText
from tenfold.practice import (
    Breaks,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.templates import Element

practice = Practice(
    __name__,
    held="Third-party scripts do not block the page",
    broken="A third-party script blocks the page",
    impact=Impact.LOW,
    sources=("OM13",),
    links=("https://developer.mozilla.org/en-US/docs/Web/HTML/Reference/Elements/script#defer",),
    fix=Safety.UNSAFE,
)

_LOADED_LATER = ("async", "defer", "nomodule")


def check(project: Project) -> Iterator[Judgement]:
    if not project.templates.all:
        yield NotApplicable("the project has no templates")
    for template in project.templates.all:
        for element in template.elements:
            if element.name != "script" or element.in_comment or not _blocks(element):
                continue
            source = element.get("src") or ""
            host = source.split("//", 1)[1].partition("/")[0]
            yield practice.finding(
                Location(template.path, element.line),
                f"The page waits for {host}: its script has neither async nor defer.",
                remedy=f'<script defer src="{source}"></script>  (inline code that uses it must wait for it)',
                symbol=f"{template.name} {source}",
                confidence=Confidence.HIGH,
            )


def _blocks(script: Element) -> bool:
    source = (script.get("src") or "").strip()
    if not source.startswith(("http://", "https://", "//")) or script.get("type") == "module":
        return False
    return all(script.get(attribute) is None for attribute in _LOADED_LATER)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The script gets defer; unsafe because inline code after it may use it at once."""
    yield ReplaceText(finding.where.path, finding.where.line, "<script", "<script defer")


EXAMPLES = (
    Breaks(
        {
            "shop/templates/base.html": """
                <head>
                <script src="https://cdn.example.net/chart.js"></script>
                </head>
            """
        },
        at="shop/templates/base.html:2",
        fixed={
            "shop/templates/base.html": """
                <head>
                <script defer src="https://cdn.example.net/chart.js"></script>
                </head>
            """
        },
    ),
    Holds({"shop/templates/base.html": '<script async src="https://cdn.example.net/chart.js"></script>'}),
    LooksAlike(
        {
            "shop/templates/base.html": """
                {% load static %}
                <script src="{% static 'shop/app.js' %}"></script>
                <script type="module" src="https://cdn.example.net/app.js"></script>
                <!-- <script src="https://cdn.example.net/old.js"></script> -->
            """
        },
        because="its own file, a module (deferred by the browser) and a comment",
    ),
)

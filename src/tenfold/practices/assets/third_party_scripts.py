"""Third-party scripts load with async or defer.

A script without either stops the parser until another company's server has answered: when that server is
slow, every page is.
Holds when each script from another host has `async`, `defer` or `type="module"`, or stands at the end of the
body, behind what it could hold up. In a block of a page whose base is elsewhere the place is less sure, and so
is the finding. Not judged are scripts of the project's own static files, commented ones, the pages of tools (the
admin, mails, GraphQL and API consoles), and templates left over from an application that is gone.
"""

from __future__ import annotations

import re
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
    from tenfold.project.templates import Element, Template

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


_TOOLS = re.compile(
    r"(?:^|[/_.-])(?:admin|e?mails?|playground|graphi?ql|swagger|redoc|api_?docs?|debug)(?:[/_.-]|$)"
)
_LATE_BLOCK = re.compile(r"body|script|js|foot|bottom|end|after|late", re.IGNORECASE)


def check(project: Project) -> Iterator[Judgement]:
    if not project.templates.all:
        yield NotApplicable("the project has no templates")
    for template in project.templates.all:
        if _TOOLS.search(template.name):
            continue
        for element in template.elements:
            if element.name != "script" or element.in_comment or not _blocks(element):
                continue
            confidence = _held_up(template, element)
            if confidence is None or not _is_rendered(project, template):
                continue
            source = element.get("src") or ""
            host = source.split("//", 1)[1].partition("/")[0]
            yield practice.finding(
                Location(template.path, element.line),
                f"{template.name} is not shown before {host} has answered: its script has neither async nor defer.",
                remedy=f'<script defer src="{source}"></script>  (inline code that uses it must wait for it)',
                symbol=f"{template.name} {source}",
                proof=source,
                confidence=confidence,
            )


def _is_rendered(project: Project, template: Template) -> bool:
    """Whether something can show it. A page in the folder of an application that is gone, which nothing
    names, is left over."""
    folder, slash, _ = template.name.partition("/")
    apps = [str(entry.value) for entry in project.settings.entries("INSTALLED_APPS")]
    if not slash or not apps or not project.settings.complete:
        return True
    words = {word.lower() for app in apps for word in app.replace("-", "_").split(".")}
    if any(folder.lower() in word or word in folder.lower() for word in words):
        return True
    if any(string.startswith(f"{folder}/") for module in project.source for string in module.strings):
        return True
    return any(template.name in tag.rest for other in project.templates.all for tag in other.tags)


def _held_up(template: Template, script: Element) -> Confidence | None:
    """How sure it is that content of the page stands behind the script; None when none does."""
    body = next((e.line for e in template.elements if e.name == "body" and not e.in_comment), 0)
    if body and script.line < body:
        return Confidence.HIGH
    if body:
        late = [
            e for e in template.elements if e.line > script.line and e.name in _CONTENT and not e.in_comment
        ]
        return Confidence.MEDIUM if late else None
    block = _block_around(template, script.line)
    if "head" in block:
        return Confidence.HIGH
    return None if _LATE_BLOCK.search(block) else Confidence.MEDIUM


_CONTENT = ("a", "img", "iframe", "form")


def _block_around(template: Template, line: int) -> str:
    """The name of the innermost `{% block %}` that is open at a line, "" outside blocks."""
    opened: list[str] = []
    for tag in template.tags:
        if tag.line > line:
            break
        if tag.name == "block":
            opened.append(tag.rest.partition(" ")[0].lower())
        elif tag.name == "endblock" and opened and tag.line < line:
            opened.pop()
    return opened[-1] if opened else ""


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
                <body></body>
            """
        },
        at="shop/templates/base.html:2",
        fixed={
            "shop/templates/base.html": """
                <head>
                <script defer src="https://cdn.example.net/chart.js"></script>
                </head>
                <body></body>
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
    LooksAlike(
        {
            "shop/templates/base.html": """
                <body>
                <a href="/">Shop</a>
                <script src="https://cdn.example.net/chart.js"></script>
                </body>
            """,
            "shop/templates/graphql/playground.html": """
                <head><script src="https://cdn.example.net/console.js"></script></head>
                <body></body>
            """,
        },
        because="one stands behind all content, the other is a console for developers",
    ),
    LooksAlike(
        {
            "templates/jobs/job_form.html": '<p><script src="https://cdn.example.net/chart.js"></script></p>',
            "config/settings.py": 'INSTALLED_APPS = ["shop"]\n',
        },
        because="no application is named jobs, and nothing names the template",
    ),
)

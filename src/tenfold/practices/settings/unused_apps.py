"""No installed app that nothing uses.

Each app costs at every start of every process: its models are imported, its migrations loaded, its checks
run, its templates and static folders searched; and its tables are carried along for ever.
Reported are apps of Django whose use always leaves a trace (a template tag, an import, a middleware, a
route) when the whole project shows none and no installed package is known to need them. Third-party apps can
work by being installed and are not judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.edits.model import RemoveItem
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Every installed app is used",
    broken="An installed app is used by nothing",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP6",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#installed-apps",),
    fix=Safety.UNSAFE,
)


@dataclass(frozen=True, slots=True)
class _Trace:
    """What shows that an app is used: imports, template libraries, middleware, words in source strings."""

    modules: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    middleware: str = ""
    words: str = ""
    needed_by: tuple[str, ...] = ()
    """Packages whose own templates or code use it."""


_TRACES = {
    "django.contrib.admindocs": _Trace(("django.contrib.admindocs",), words="admindocs"),
    "django.contrib.flatpages": _Trace(
        ("django.contrib.flatpages",),
        libraries=("flatpages",),
        middleware="django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
        words="flatpages",
        needed_by=("oscar",),
    ),
    "django.contrib.gis": _Trace(
        ("django.contrib.gis",), words="django.contrib.gis.db", needed_by=("rest_framework_gis",)
    ),
    "django.contrib.humanize": _Trace(
        ("django.contrib.humanize",),
        libraries=("humanize",),
        needed_by=("allauth", "helpdesk", "machina", "wiki"),
    ),
    "django.contrib.redirects": _Trace(
        ("django.contrib.redirects",),
        middleware="django.contrib.redirects.middleware.RedirectFallbackMiddleware",
    ),
    "django.contrib.sitemaps": _Trace(("django.contrib.sitemaps",), words="sitemap"),
}


def check(project: Project) -> Iterator[Judgement]:
    entries = project.settings.entries("INSTALLED_APPS")
    installed = {str(entry.value).partition(".")[0] for entry in entries}
    for entry in entries:
        trace = _TRACES.get(str(entry.value).partition(".apps.")[0])
        if trace is None or not installed.isdisjoint(trace.needed_by) or _is_used(project, trace):
            continue
        yield practice.finding(
            entry.where,
            f"{entry.value} is installed and nothing in the project uses it: every process imports and"
            " checks it at its start.",
            remedy=f'Remove "{entry.value}" from INSTALLED_APPS.',
            symbol=f"INSTALLED_APPS.{entry.value}",
            proof=_searched(trace),
        )


def _searched(trace: _Trace) -> str:
    looked = [f"no import of {trace.modules[0]}"]
    looked += [f"no {{% load {library} %}}" for library in trace.libraries]
    looked += [f"{trace.middleware.rpartition('.')[2]} is not in MIDDLEWARE"] if trace.middleware else []
    return ", ".join(looked)


def _is_used(project: Project, trace: _Trace) -> bool:
    inside = tuple(module + "." for module in trace.modules)
    for module in project.source:
        if any(_is_trace(trace, inside, imported.module) for imported in module.imports):
            return True
        named = trace.words and module.path not in project.settings.files
        if named and any(trace.words in text for text in module.strings):
            return True
    if any(middleware.value == trace.middleware for middleware in project.settings.entries("MIDDLEWARE")):
        return True
    return _is_loaded(project, trace.libraries)


def _is_trace(trace: _Trace, inside: tuple[str, ...], module: str) -> bool:
    # A package that builds on the app carries its word: wagtail.contrib.sitemaps.
    return module in trace.modules or module.startswith(inside) or bool(trace.words and trace.words in module)


def _is_loaded(project: Project, libraries: tuple[str, ...]) -> bool:
    builtins = str(project.settings.possible("TEMPLATES"))
    if any(f".{library}" in builtins for library in libraries):
        return True
    return any(
        tag.name == "load" and not set(libraries).isdisjoint(re.split(r"\s+", tag.rest))
        for template in project.templates.all
        for tag in template.tags
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The entry is taken out; unsafe because an app's tables stay behind."""
    yield RemoveItem(finding.where.path, "INSTALLED_APPS", finding.symbol.partition(".")[2])


EXAMPLES = (
    Breaks(
        {"config/settings.py": 'INSTALLED_APPS = ["django.contrib.humanize", "shop"]\n'},
        at="config/settings.py:1",
        fixed={"config/settings.py": 'INSTALLED_APPS = ["shop"]\n'},
    ),
    Holds(
        {
            "config/settings.py": 'INSTALLED_APPS = ["django.contrib.humanize", "shop"]\n',
            "shop/templates/shop/list.html": "{% load i18n humanize %}{{ count|intcomma }}",
        }
    ),
    LooksAlike(
        {
            "config/settings.py": 'INSTALLED_APPS = ["django.contrib.humanize", "shop"]\n',
            "shop/text.py": "from django.contrib.humanize.templatetags.humanize import intcomma\n",
        },
        because="Python code imports its filters",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                INSTALLED_APPS = ["django.contrib.humanize", "allauth", "allauth.usersessions", "shop"]
            """
        },
        because="allauth's templates load humanize",
    ),
)

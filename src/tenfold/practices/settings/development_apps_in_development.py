"""Toolbar, silk, browser-reload and the like load only in development.

Profilers record every request and statement: django-silk writes each of them to the database,
the debug toolbar patches cursors and templates even where it is not shown, and both show internals to
whoever reaches their pages.
Holds when such apps and middleware are added in a branch that production does not take, or only in
development's settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import RemoveItem
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Development tools load only in development",
    broken="A development tool loads in production",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("BP6", "BP24", "BP29"),
    needs=("settings",),
    links=(
        "https://django-debug-toolbar.readthedocs.io/en/latest/installation.html",
        "https://github.com/jazzband/django-silk#installation",
    ),
    fix=Safety.UNSAFE,
)

_TOOLS = {
    "debug_toolbar": "django-debug-toolbar",
    "debug_toolbar_force": "django-debug-toolbar-force",
    "debug_permissions": "django-debug-permissions",
    "django_browser_reload": "django-browser-reload",
    "django_pdb": "django-pdb",
    "django_watchfiles": "django-watchfiles",
    "livereload": "django-livereload-server",
    "nplusone": "nplusone",
    "pympler": "Pympler",
    "querycount": "django-querycount",
    "silk": "django-silk",
    "template_profiler_panel": "django-debug-toolbar-template-profiler",
    "zeal": "django-zeal",
}


def check(project: Project) -> Iterator[Judgement]:
    for setting in ("INSTALLED_APPS", "MIDDLEWARE"):
        for entry in project.settings.entries(setting):
            if isinstance(entry.value, Undetermined):
                yield CannotTell(f"{setting}: {entry.value.why}", entry.where)
            elif isinstance(entry.value, str):
                yield from _judge(setting, entry.value, entry)


def _judge(setting: str, item: str, entry: Possible) -> Iterator[Judgement]:
    tool = _TOOLS.get(item.partition(".")[0])
    # A branch of its own means that somebody decides where it loads.
    if tool is None or entry.condition or entry.variable:
        return
    yield practice.finding(
        entry.where,
        f"{tool} ({item}) loads in production: {setting} names it without a condition.",
        remedy=f'if DEBUG:\n    {setting} = [*{setting}, "{item}"]',
        symbol=f"{setting}.{item}",
        proof=entry.source,
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The entry is taken out; unsafe because development then adds it in its own settings."""
    setting, _, item = finding.symbol.partition(".")
    yield RemoveItem(finding.where.path, setting, item)


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                INSTALLED_APPS = [
                    "shop",
                    "debug_toolbar",
                ]
                MIDDLEWARE = ["silk.middleware.SilkyMiddleware"]
            """
        },
        at=("config/settings.py:3", "config/settings.py:5"),
        fixed={
            "config/settings.py": """
                INSTALLED_APPS = [
                    "shop",
                ]
                MIDDLEWARE = []
            """
        },
    ),
    Holds(
        {
            "config/settings.py": """
                import os

                DEBUG = os.environ.get("DEBUG") == "1"
                INSTALLED_APPS = ["shop"]
                MIDDLEWARE = []
                if DEBUG:
                    INSTALLED_APPS += ["debug_toolbar"]
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": 'INSTALLED_APPS = ["shop"]\nMIDDLEWARE = []\n',
            "config/settings_development.py": """
                from config.settings import *

                INSTALLED_APPS += ["silk"]
            """,
        },
        because="only development's settings load it",
    ),
)

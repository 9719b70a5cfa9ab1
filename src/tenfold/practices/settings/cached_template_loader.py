"""Templates are compiled once: the cached loader is in effect.

Without it every rendering reads and compiles the template and each of its parents and includes anew: a
page with thirty includes costs thirty-one compilations per request.
Django wraps its loaders in the cached one by itself unless OPTIONS names `loaders`. Holds when `loaders`
is left out, or names `django.template.loaders.cached.Loader`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import WrapValue
from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Templates are compiled once",
    broken="Templates are compiled at every rendering",
    impact=Impact.HIGH,
    sources=("FB3",),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/templates/api/#django.template.loaders.cached.Loader",
    ),
    fix=Safety.SAFE,
)

_CACHED = "django.template.loaders.cached.Loader"
_PLAIN = "django.template.loaders.app_directories.Loader"


def check(project: Project) -> Iterator[Judgement]:
    for number, value in _loaders(project):
        if isinstance(value.value, Undetermined):
            yield CannotTell(f"TEMPLATES[{number}] loaders: {value.value.why}", value.where)
        elif isinstance(value.value, list | tuple) and not value.condition and not _is_cached(value.value):
            yield practice.finding(
                value.where,
                "TEMPLATES names its loaders without the cached one, which turns off Django's own wrapping:"
                " each rendering reads its templates from disk and compiles them anew.",
                remedy=f'"loaders": [("{_CACHED}", {list(value.value)!r})]',
                symbol=f"TEMPLATES.{number}.loaders",
                proof=f"loaders = {value.value!r}",
                fixable=all(isinstance(loader, str) for loader in value.value),
            )


def _loaders(project: Project) -> Iterator[tuple[int, Possible]]:
    for templates in project.settings.possible("TEMPLATES"):
        entries = templates.value if isinstance(templates.value, list | tuple) else ()
        for number, entry in enumerate(entries):
            if isinstance(entry, dict) and str(entry.get("BACKEND", "")).endswith("DjangoTemplates"):
                for value in project.settings.possible("TEMPLATES", number, "OPTIONS", "loaders"):
                    if value.value is not MISSING:
                        yield number, value


def _is_cached(loaders: list[object] | tuple[object, ...]) -> bool:
    return any(
        loader == _CACHED or (isinstance(loader, list | tuple) and loader and loader[0] == _CACHED)
        for loader in loaders
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The named loaders are wrapped in the cached one."""
    for number, value in _loaders(project):
        if value.where == finding.where:
            keys = ("TEMPLATES", number, "OPTIONS", "loaders")
            yield WrapValue(finding.where.path, keys, f'[("{_CACHED}", ', ")]")


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "OPTIONS": {
                            "loaders": ["django.template.loaders.app_directories.Loader"],
                        },
                    }
                ]
            """
        },
        at="config/settings.py:5",
        fixed={
            "config/settings.py": """
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "OPTIONS": {
                            "loaders": [("{cached}", ["{plain}"])],
                        },
                    }
                ]
            """.replace("{cached}", _CACHED).replace(
                "{plain}", "django.template.loaders.app_directories.Loader"
            )
        },
    ),
    Holds(
        {
            "config/settings.py": """
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "APP_DIRS": True,
                        "OPTIONS": {"context_processors": []},
                    }
                ]
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                LOADERS = ["django.template.loaders.app_directories.Loader"]
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", LOADERS)]},
                    }
                ]
            """
        },
        because="the named loaders stand inside the cached one",
    ),
)

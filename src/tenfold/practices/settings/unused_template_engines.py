"""No template engine or template folder that nothing uses.

Every lookup of a template walks the engines and their folders in order until one answers; an engine
without templates is loaded, checked and asked in vain in each process.
Holds when each configured engine has templates in the project, and each folder in DIRS that lies inside the
project has a file. Folders that git ignores (built frontends) are not judged.
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tenfold.edits.model import RemoveElement
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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Every template engine and folder has templates",
    broken="A template engine or folder has no templates",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP6",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#templates",),
    fix=Safety.UNSAFE,
)

_JINJA = (
    "django.template.backends.jinja2.Jinja2",
    "django_jinja.jinja2.Jinja2",
    "django_jinja.backend.Jinja2",
)


def check(project: Project) -> Iterator[Judgement]:
    engines = project.settings.possible("TEMPLATES")
    if not engines:
        yield NotApplicable("TEMPLATES is not set")
        return
    for templates in engines:
        entries = templates.value if isinstance(templates.value, list | tuple) else ()
        for number, entry in enumerate(entries):
            yield from _empty_folders(project, number)
            backend = entry.get("BACKEND") if isinstance(entry, dict) else None
            if backend in _JINJA and not _has_jinja_templates(project):
                where = project.settings.possible("TEMPLATES", number, "BACKEND")
                yield practice.finding(
                    where[0].where if where else templates.where,
                    f"TEMPLATES configures {backend}, and the project has no Jinja2 template.",
                    remedy=f"Remove the entry of TEMPLATES with the backend {backend}.",
                    symbol=f"TEMPLATES.{backend}",
                    proof=f"{len(project.templates.all)} templates, none in a jinja2 folder",
                )


def _empty_folders(project: Project, number: int) -> Iterator[Judgement]:
    for folder in project.settings.entries("TEMPLATES", number, "DIRS"):
        written = str(folder.value) if isinstance(folder.value, str | PurePosixPath) else ""
        path = posixpath.normpath(written) if written else ""
        inside = path and not path.startswith(("/", "..", "~")) and "$" not in path
        if not inside or path == "." or folder.condition or folder.variable:
            continue
        name = path.rstrip("/") + "/"
        if project.repository.ignores(name + "index.html") or any(
            file.path.startswith(name) or f"/{name}" in file.path for file in project.files.all
        ):
            continue
        yield practice.finding(
            folder.where,
            f"DIRS names {path}, and the project has no such folder: every search for a template asks it first.",
            remedy=f"Remove {path} from DIRS.",
            symbol=f"TEMPLATES.DIRS.{path}",
            proof=f"no file below {name}",
            fixable=False,
        )


def _has_jinja_templates(project: Project) -> bool:
    # Jinja2 templates in an ordinary templates folder cannot be told from Django's by their place.
    return any(t.engine == "jinja2" or "jinja" in t.path for t in project.templates.all) or not any(
        t.engine == "django" for t in project.templates.all
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """The engine's entry is taken out; unsafe because a package's templates may be written for it."""
    yield RemoveElement(finding.where.path, "TEMPLATES", finding.symbol.removeprefix("TEMPLATES."))


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                TEMPLATES = [
                    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
                    {"BACKEND": "django.template.backends.jinja2.Jinja2", "APP_DIRS": True},
                ]
            """,
            "shop/templates/shop/list.html": "{{ products }}",
        },
        at="config/settings.py:3",
        fixed={
            "config/settings.py": """
                TEMPLATES = [
                    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
                ]
            """
        },
    ),
    Breaks(
        {
            "config/settings.py": """
                from pathlib import Path

                BASE_DIR = Path(__file__).resolve().parent.parent
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "DIRS": [
                            BASE_DIR / "templates",
                        ],
                    },
                ]
            """,
        },
        at="config/settings.py:8",
    ),
    Holds(
        {
            "config/settings.py": """
                from pathlib import Path

                BASE_DIR = Path(__file__).resolve().parent.parent
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "DIRS": [BASE_DIR / "templates", "/usr/share/shop/templates"],
                        "APP_DIRS": True,
                    },
                ]
            """,
            "templates/base.html": "{{ title }}",
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                HERE = os.path.dirname(os.path.abspath(__file__))
                TEMPLATES = [
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "DIRS": [os.path.join(HERE, "../templates")],
                    },
                ]
            """,
            "templates/base.html": "{{ title }}",
        },
        because="the path goes up and down again to a folder that has templates",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                TEMPLATES = [
                    {"BACKEND": "django.template.backends.jinja2.Jinja2", "APP_DIRS": True},
                ]
            """,
            "shop/jinja2/shop/list.html": "{{ products }}",
        },
        because="the jinja2 folder has templates",
    ),
)

"""No template engine or template folder that nothing uses.

Every lookup of a template walks the engines and their folders in order until one answers; an engine
without templates is loaded, checked and asked in vain in each process.
Holds when each configured engine has templates in the project, and each folder in DIRS exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, NotApplicable, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Every template engine has templates",
    broken="A template engine has no templates",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP6",),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#templates",),
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


def _has_jinja_templates(project: Project) -> bool:
    # Jinja2 templates in an ordinary templates folder cannot be told from Django's by their place.
    return any(t.engine == "jinja2" or "jinja" in t.path for t in project.templates.all) or not any(
        t.engine == "django" for t in project.templates.all
    )


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
    ),
    Holds(
        {
            "config/settings.py": """
                TEMPLATES = [
                    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
                ]
            """,
            "shop/templates/shop/list.html": "{{ products }}",
        }
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

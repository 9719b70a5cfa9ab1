"""Production is never served by runserver.

Django's development server checks the source for changes, serves static files through Python, keeps no limit
on time or threads, and has gone through no security audit, as its own documentation says.
Holds when what production starts is an application server. Development's compose files and scripts may use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    Practice,
    Safety,
)
from tenfold.project.repository import PRODUCTION, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="An application server serves production",
    broken="runserver is started as the production server",
    impact=Impact.CRITICAL,
    confidence=Confidence.MEDIUM,
    sources=("BP37",),
    links=("https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver",),
    fix=Safety.UNSAFE,
)


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    started = [
        c
        for c in repository.running("development server", PRODUCTION, UNSURE)
        if c.phase == "start" and c.origin != "ci"
    ]
    if not started and not any(repository.running("web", PRODUCTION, UNSURE)):
        yield CannotTell("nothing in the repository says how production is started")
    for command in started:
        sure = command.purpose == PRODUCTION and not command.condition
        yield practice.finding(
            command.where,
            f"{command.service} starts {command.text!r}: the development server.",
            remedy=f"gunicorn {_wsgi(project)} --bind 0.0.0.0:8000 --workers 3 --threads 4",
            symbol=f"{command.service} runserver",
            proof=f"{command.origin}, {command.purpose}",
            # What an image starts by default, a deployment may replace by its own command.
            confidence=Confidence.PREVIEW if command.origin == "dockerfile" else Confidence.MEDIUM,
            impact=Impact.CRITICAL if sure else Impact.HIGH,
            fixable=sure and " ".join(command.words) in command.text,
        )


def _wsgi(project: Project) -> str:
    files = sorted((f.path for f in project.files.named("wsgi.py")), key=len)
    return files[0].removesuffix(".py").replace("/", ".") if files else "config.wsgi"


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """gunicorn on the same address; unsafe because it must be among the requirements."""
    for command in project.repository.running("development server", PRODUCTION):
        if command.where == finding.where:
            address = next((w for w in reversed(command.words) if w[-1:].isdigit()), "127.0.0.1:8000")
            bind = address if ":" in address else f"0.0.0.0:{address}"
            new = f"gunicorn {_wsgi(project)} --bind {bind}"
            yield ReplaceText(finding.where.path, finding.where.line, " ".join(command.words), new)


EXAMPLES = (
    Breaks(
        {"Procfile": "web: python manage.py runserver 0.0.0.0:8000\n"},
        at="Procfile:1",
        fixed={"Procfile": "web: gunicorn config.wsgi --bind 0.0.0.0:8000\n"},
    ),
    Breaks(
        {"Dockerfile": 'FROM python:3.13-slim\nCMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]\n'},
        at="Dockerfile:2",
    ),
    Holds({"Procfile": "web: gunicorn config.wsgi\n"}),
    LooksAlike(
        {
            "Procfile": "web: gunicorn config.wsgi\n",
            "docker-compose.dev.yml": """
                services:
                  web:
                    build: .
                    command: python manage.py runserver 0.0.0.0:8000
                    volumes: [".:/app"]
            """,
        },
        because="only development runs it",
    ),
)

"""Migrations run once per release, not at every start of every replica.

Where the start command migrates, ten replicas that start together run ten migrations against each other; a
restart at night applies what nobody released; and a failed migration keeps the site from starting at all.
Holds when migrate is a release step (Procfile `release:`, a job, a step of CI) and the web command only serves.
A migration under a condition that asks for another spelling of the very program which the image starts
("/venv/bin/uwsgi", and the command is `uwsgi`) is reported as well: it never runs. Other branches of an entrypoint
with several roles are for whoever starts the image in that role.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.repository import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.repository import Command

practice = Practice(
    __name__,
    held="Migrations run once per release",
    broken="Migrations run at every start of a replica, or never",
    impact=Impact.HIGH,
    links=("https://devcenter.heroku.com/articles/release-phase",),
)


def check(project: Project) -> Iterator[Judgement]:
    services = project.repository.web_services()
    if not services:
        yield CannotTell("nothing in the repository says how a web replica is started")
    seen: set[Location] = set()
    for (service, _), commands in services.items():
        for command in (c for c in commands if c.role == "migrate"):
            if command.where in seen:
                continue
            seen.add(command.where)
            beside = [c for c in commands if c.role == "migrate" and c.where == command.where]
            if not command.never:
                yield _at_each_start(service, beside)
            elif program := _misspelt(project, command):
                yield _never_runs(project, command, program)


def _at_each_start(service: str, commands: list[Command]) -> Judgement:
    command = commands[0]
    return practice.finding(
        command.where,
        f"Each start of a web replica ({service}) runs {' and '.join(repr(c.text) for c in commands)}"
        + (f" when {command.condition}" if command.condition else "")
        + ": replicas that start together migrate against each other.",
        remedy="Run it once per release: `release: python manage.py migrate --noinput` in a Procfile, or a job"
        " that finishes before the new replicas start.",
        symbol=f"{service} migrate",
        proof=f"{command.origin} step {command.step} of the start",
        confidence=Confidence.HIGH
        if command.purpose == PRODUCTION and not command.condition
        else Confidence.MEDIUM,
    )


def _misspelt(project: Project, command: Command) -> str:
    """The program that the image starts, where the condition asks for it under another path; else ""."""
    start = next((d for d in project.repository.dockerfiles if d.path == command.service), None)
    program = start.command[0] if start and start.command else ""
    asked = re.findall(r"[\w./-]+", command.condition)
    same = [a for a in asked if a != program and a.rpartition("/")[2] == program.rpartition("/")[2]]
    return program if same else ""


def _never_runs(project: Project, command: Command, program: str) -> Judgement:
    """The image's own command does not meet the condition; grave only where no release step migrates."""
    released = next((c for c in project.repository.running("migrate") if c.phase == "release"), None)
    return practice.finding(
        command.where,
        f"{command.text!r} stands under {command.condition!r}, and the image starts {program!r}: it never runs"
        + (
            f". The release step migrates ({released.where}); whoever starts the image alone has an old schema."
            if released
            else ", so a release serves new code on an old schema."
        ),
        remedy="Take the migration out of the entrypoint and run it as a release step.",
        symbol="entrypoint migrate",
        proof=f"CMD {program!r}",
        confidence=Confidence.MEDIUM,
        impact=Impact.LOW if released else Impact.HIGH,
        related=(released.where,) if released else (),
    )


EXAMPLES = (
    Breaks(
        {
            "Dockerfile": """
                FROM python:3.13-slim
                ENTRYPOINT ["./entrypoint.sh"]
                CMD ["gunicorn", "config.wsgi"]
            """,
            "entrypoint.sh": """
                #!/bin/sh
                set -e
                python manage.py migrate --noinput
                exec "$@"
            """,
        },
        at="entrypoint.sh:3",
    ),
    Breaks(
        {
            "Dockerfile": """
                FROM python:3.13-slim
                ENTRYPOINT ["./entrypoint.sh"]
                CMD ["gunicorn", "config.wsgi"]
            """,
            "entrypoint.sh": """
                #!/bin/sh
                if [ "$1" = "/usr/bin/gunicorn" ]; then
                    python manage.py migrate --noinput
                fi
                exec "$@"
            """,
        },
        at="entrypoint.sh:3",
    ),
    Holds({"Procfile": "release: python manage.py migrate --noinput\nweb: gunicorn config.wsgi\n"}),
    LooksAlike(
        {
            "Procfile": "web: gunicorn config.wsgi\n",
            "docker-compose.dev.yml": """
                services:
                  web:
                    build: .
                    command: sh -c "python manage.py migrate && gunicorn config.wsgi --reload"
                    volumes: [".:/app"]
            """,
        },
        because="development may migrate at each start",
    ),
    LooksAlike(
        {
            "Dockerfile": """
                FROM python:3.13-slim
                ENTRYPOINT ["./entrypoint.sh"]
                CMD ["web"]
            """,
            "entrypoint.sh": """
                #!/bin/sh
                case "$1" in
                release) exec python manage.py migrate --noinput ;;
                web) exec gunicorn config.wsgi ;;
                esac
            """,
        },
        because="another start of the same image takes the other branch",
    ),
)

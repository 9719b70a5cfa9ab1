"""A web replica starts the web server and nothing else.

A daemon inside each web container is started once per replica: with five replicas the mail is sent five times
or five loops fight over one lock; it cannot be scaled, restarted or watched by itself, and a deployment of the
web tier kills it in the middle of its work.
Holds when workers, schedulers and daemons are services of their own.
"""

from __future__ import annotations

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
    held="Workers and daemons run apart from the web server",
    broken="Each web replica also starts workers or daemons",
    impact=Impact.HIGH,
    links=("https://12factor.net/concurrency",),
)


def check(project: Project) -> Iterator[Judgement]:
    services = project.repository.web_services()
    if not services:
        yield CannotTell("nothing in the repository says how a web replica is started")
    seen: set[Location] = set()
    for (service, _), commands in services.items():
        beside = [c for c in commands if _keeps_running(c) and not c.never and c.where not in seen]
        seen.update(c.where for c in beside)
        for command in beside:
            sure = command.purpose == PRODUCTION and not command.condition
            yield practice.finding(
                command.where,
                f"Each web replica ({service}) also starts {command.text!r}: it runs once per replica.",
                remedy="Make it a service of its own, started once: the same image with this command.",
                symbol=f"{service} {' '.join(command.words)}",
                proof=f"{command.origin}, beside the web server",
                confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
            )


def _keeps_running(command: Command) -> bool:
    """A worker, a scheduler, or a management command that the server attaches as a daemon."""
    if command.role in ("worker", "scheduler"):
        return True
    if command.role or command.origin != "uwsgi":
        return False
    # uWSGI's own hooks (migrate, check) end by themselves and have a role; what is left is attached.
    return "manage.py" in command.text or "celery" in command.words


EXAMPLES = (
    Breaks(
        {
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["./start.sh"]\n',
            "start.sh": """
                #!/bin/sh
                celery -A config worker &
                exec gunicorn config.wsgi
            """,
        },
        at="start.sh:2",
    ),
    Holds({"Procfile": "web: gunicorn config.wsgi\nworker: celery -A config worker\n"}),
    LooksAlike(
        {
            "docker-compose.yml": """
                services:
                  web:
                    image: shop
                    command: gunicorn config.wsgi
                  worker:
                    image: shop
                    command: celery -A config worker
            """
        },
        because="the worker is a service of its own",
    ),
)

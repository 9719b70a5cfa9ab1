"""Static files are collected and compressed when the image is built, not at every start.

collectstatic at boot adds its seconds to every start and every restart, needs the tools and the write
permission that a running replica should not have, and lets two replicas serve different files while one
of them is still at it.
Holds when collectstatic (or compress) runs in the image's build or the release step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.repository import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Location, Project

practice = Practice(
    __name__,
    held="Static files are collected at build",
    broken="Static files are collected at every start",
    impact=Impact.MEDIUM,
    links=("https://docs.djangoproject.com/en/stable/howto/static-files/deployment/",),
)


def check(project: Project) -> Iterator[Judgement]:
    services = project.repository.web_services()
    if not services:
        yield CannotTell("nothing in the repository says how a web replica is started")
    seen: set[Location] = set()
    for (service, _), commands in services.items():
        for command in commands:
            if command.role not in ("collectstatic", "compress") or command.never or command.where in seen:
                continue
            seen.add(command.where)
            sure = command.purpose == PRODUCTION and not command.condition
            yield practice.finding(
                command.where,
                f"Each start of a web replica ({service}) runs {command.text!r}.",
                remedy=f"In the Dockerfile: RUN {' '.join(command.words)}",
                symbol=f"{service} {command.role}",
                proof=f"{command.origin} step {command.step} of the start",
                confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
            )


EXAMPLES = (
    Breaks(
        {"Procfile": "web: python manage.py collectstatic --noinput && gunicorn config.wsgi\n"},
        at="Procfile:1",
    ),
    Holds(
        {
            "Dockerfile": """
                FROM python:3.13-slim
                RUN python manage.py collectstatic --noinput
                CMD ["gunicorn", "config.wsgi"]
            """
        }
    ),
    LooksAlike(
        {
            "Procfile": "web: gunicorn config.wsgi\n",
            "Makefile": "static:\n\tpython manage.py collectstatic --noinput\n",
        },
        because="a developer's target starts nothing",
    ),
)

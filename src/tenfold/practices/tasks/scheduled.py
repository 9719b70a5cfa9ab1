"""Periodic work runs from exactly one scheduler.

Two schedulers send each periodic task twice: two invoices, two reminders. `celery worker -B` starts one in
every worker replica, so the second replica is enough.
Holds when one production service starts the scheduler, or when the scheduler holds a lock that a second one waits
for: `django_tenfold.tasks` has such a one, on a lease in the database with fencing. A project without Celery beat,
RQ scheduler or another scheduler is not concerned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.repository import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.repository import Command

practice = Practice(
    __name__,
    held="One scheduler starts periodic work",
    broken="More than one scheduler can start periodic work",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("BP27",),
    links=("https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#starting-the-scheduler",),
)

_LOCKED = "django_tenfold.tasks.scheduler"
_CONFIGURES = "django_tenfold.tasks.celery"


def check(project: Project) -> Iterator[Judgement]:
    schedulers = [c for c in project.repository.running("scheduler") if c.phase == "start"]
    if not schedulers:
        if "CELERY_BEAT_SCHEDULE" in project.settings or "CELERYBEAT_SCHEDULE" in project.settings:
            yield CannotTell(
                "periodic tasks are declared, and nothing in the repository starts their scheduler"
            )
        else:
            yield NotApplicable("no scheduler is started and no periodic task is declared in the settings")
        return
    if _waits_its_turn(project, schedulers):
        return
    for command in schedulers:
        if _is_embedded(project, command):
            yield practice.finding(
                command.where,
                f"{command.service} starts the scheduler inside a worker ({command.text!r}): each replica of it"
                " sends every periodic task again.",
                remedy="Start it apart, once: celery -A <app> beat; and the worker without -B.",
                symbol=f"{command.service} embedded scheduler",
                confidence=Confidence.MEDIUM,
            )
    yield from _several(project, schedulers)
    yield from _replicated(project, schedulers)


def _waits_its_turn(project: Project, schedulers: list[Command]) -> bool:
    """Whether each scheduler that is started holds a lock: by the command, by the settings, or by `configure(app)`
    of the tasks block, whose default it is."""
    by_block = any(one.module == _CONFIGURES for module in project.source for one in module.imports)
    written = [
        str(value.value)
        for name in project.settings.values
        if name.endswith("BEAT_SCHEDULER")
        for value in project.settings.possible(name)
    ]
    default = all(_is_locked(one) for one in written) if written else by_block
    named = [command.option("-S", "--scheduler") for command in schedulers]
    return all(_is_locked(one) if one else default for one in named)


def _is_locked(scheduler: str) -> bool:
    return scheduler.partition(":")[0] == _LOCKED


def _is_embedded(project: Project, command: Command) -> bool:
    return any(
        other.role == "worker" and other.where == command.where and other.text == command.text
        for other in project.repository.commands
    )


def _several(project: Project, schedulers: list[Command]) -> Iterator[Judgement]:
    """Several services of one file (one environment) that each start a scheduler of the same app."""
    by_file: dict[tuple[str, str], dict[str, Command]] = {}
    for command in schedulers:
        if command.purpose == PRODUCTION or command.origin in ("compose", "procfile"):
            app = command.option("-A", "--app") or command.program
            by_file.setdefault((command.origin, app), {}).setdefault(command.service, command)
    for (_, app), services in by_file.items():
        if len(services) > 1 and len({c.where.path for c in services.values()}) == 1:
            names = " and ".join(services)
            last = list(services.values())[-1]
            yield practice.finding(
                last.where,
                f"{names} each start a scheduler of {app}: every periodic task is sent {len(services)} times.",
                remedy="Keep one of them.",
                symbol=f"schedulers of {app}",
                confidence=Confidence.MEDIUM,
                related=[c.where for c in list(services.values())[:-1]],
            )


def _replicated(project: Project, schedulers: list[Command]) -> Iterator[Judgement]:
    services = {(c.where.path, c.service) for c in schedulers if c.origin == "compose"}
    for file in project.repository.compose:
        for service in file.services:
            if (file.path, service.name) in services and (service.replicas or 1) > 1:
                yield practice.finding(
                    service.where,
                    f"{service.name} runs {service.replicas} replicas of the scheduler.",
                    remedy="replicas: 1",
                    symbol=f"{service.name} replicas",
                )


EXAMPLES = (
    Breaks({"Procfile": "web: gunicorn config.wsgi\nworker: celery -A config worker -B\n"}, at="Procfile:2"),
    Breaks(
        {
            "Procfile": """
                web: gunicorn config.wsgi
                beat: celery -A config beat
                clock: celery -A config beat
            """
        },
        at="Procfile:3",
    ),
    Holds({"Procfile": "worker: celery -A config worker\nbeat: celery -A config beat\n"}),
    Holds(
        {
            "Procfile": "beat: celery -A config beat\nclock: celery -A config beat\n",
            "config/celery.py": """
                from celery import Celery
                from django_tenfold.tasks.celery import configure

                app = Celery("shop")
                configure(app)
            """,
        }
    ),
    LooksAlike({"Procfile": "worker: celery -A config worker\n"}, because="no scheduler is started"),
)

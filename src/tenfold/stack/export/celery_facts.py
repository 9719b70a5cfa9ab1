"""The project's Celery application and its schedule, read from source and start commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.model import Project

DATABASE_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
_SCHEDULES = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "BEAT_SCHEDULE")


@dataclass(frozen=True, slots=True)
class CeleryFacts:
    """`application` is "shop.celery:app", "" without Celery."""

    application: str = ""
    scheduled: bool = False
    scheduler: str = ""
    queues: tuple[str, ...] = ()


def find_celery(project: Project) -> CeleryFacts:
    """What the project's worker and scheduler are started with."""
    application = _application(project)
    if not application:
        return CeleryFacts()
    installed = {p.value for p in project.settings.entries("INSTALLED_APPS")}
    scheduler = DATABASE_SCHEDULER if "django_celery_beat" in installed else ""
    started = any(True for _ in project.repository.running("scheduler"))
    scheduled = bool(scheduler) or started or any(name in project.settings for name in _SCHEDULES)
    return CeleryFacts(application, scheduled or _schedules_in_code(project), scheduler, _queues(project))


def _application(project: Project) -> str:
    made = sorted(
        (module.path.count("/"), f"{module.name}:{assignment.target}")
        for module, call in project.source.calls_to("celery.Celery")
        for assignment in module.assignments
        if assignment.scope == 0 and assignment.line == call.line and "." not in assignment.target
        if not module.path.startswith(("tests/", "docs/"))
    )
    return made[0][1] if made else ""


def _schedules_in_code(project: Project) -> bool:
    return any(
        assignment.target.endswith("beat_schedule")
        for module in project.source
        if "beat_schedule" in module.path or module.path.endswith(("celery.py", "celery_app.py"))
        for assignment in module.assignments
    )


def _queues(project: Project) -> tuple[str, ...]:
    found: list[str] = []
    for command in project.repository.running("worker"):
        named = command.resolve(command.option("-Q", "--queues") or "")
        found += [name for name in named.split(",") if name and "$" not in name]
    return tuple(dict.fromkeys(found))

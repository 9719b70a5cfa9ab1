"""A project's Celery application, its queues and whether it has periodic tasks: for a stack here, whose settings
were asked, and for exports, which know them from their source alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.records import Invoke
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.project.repository import Command
    from tenfold.project.source import Module
    from tenfold.stack.inspected import Inspected

BEAT = "django_celery_beat"
DATABASE_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
_CLASSES = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_BLOCK = "django_tenfold.tasks.celery"
_SIDE = frozenset({"tests", "test", "testing", "docs", "examples", "example"})


@dataclass(frozen=True, slots=True)
class CeleryShape:
    application: str = ""
    """ "config.celery:app"."""
    scheduled: bool = False
    beat_scheduler: str = ""
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """What the settings say of periodic tasks."""

    scheduler: str
    """BEAT_SCHEDULER of whatever prefix, "" for none."""
    schedule: bool
    """BEAT_SCHEDULE holds something."""
    own: bool
    """django_celery_beat is installed."""


def find_celery(project: Project, inspected: Inspected | None = None) -> CeleryShape:
    """An empty shape for a project without Celery, or whose environment has none. Without `inspected` the
    settings are taken as their source tells them."""
    if inspected and "celery" not in inspected.installed:
        return CeleryShape()
    told = _as_resolved(inspected) if inspected else _as_written(project)
    commands = [
        command
        for purposes in ((PRODUCTION, UNSURE), (DEVELOPMENT,))
        for role in ("worker", "scheduler")
        for command in project.repository.running(role, *purposes)
    ]
    application = _choose(tuple(_applications(project)), commands)
    if not application:
        return CeleryShape()
    beats = [command for command in commands if command.role == "scheduler"]
    scheduler = next((found for c in beats if (found := c.option("--scheduler", "-S"))), "")
    return CeleryShape(
        application=application,
        scheduled=bool(beats) or told.own or told.schedule or _schedules_in_code(project),
        beat_scheduler=scheduler or told.scheduler or (DATABASE_SCHEDULER if told.own else ""),
        queues=tuple(dict.fromkeys(queue for command in commands for queue in _queues(command))),
    )


def _as_resolved(inspected: Inspected) -> _Told:
    named = next((name for name in inspected.facts if name.endswith("BEAT_SCHEDULER")), "")
    return _Told(
        scheduler=inspected.text(named),
        schedule=any(inspected.facts[name] for name in inspected.facts if name.endswith("BEAT_SCHEDULE")),
        own=BEAT in inspected.items("INSTALLED_APPS"),
    )


def _as_written(project: Project) -> _Told:
    settings = project.settings
    possible = {name: settings.possible(name) for name in settings.values}
    return _Told(
        scheduler=next(
            (
                one.value
                for name, values in possible.items()
                for one in values
                if name.endswith("BEAT_SCHEDULER") and isinstance(one.value, str)
            ),
            "",
        ),
        schedule=any(
            one.value for name, values in possible.items() for one in values if name.endswith("BEAT_SCHEDULE")
        ),
        own=any(one.value == BEAT for one in settings.entries("INSTALLED_APPS")),
    )


def _applications(project: Project) -> Iterator[str]:
    """ "module:name" of every Celery() bound at the top of a module, nearest to the root first."""
    found = []
    for module in project.source:
        if _SIDE.intersection(module.name.split(".")) or not any(
            imported.module.partition(".")[0] == "celery" for imported in module.imports
        ):
            continue
        for one in module.assignments:
            value = one.value
            if one.scope or "." in one.target or not isinstance(value, Invoke):
                continue
            made = project.source.resolve(module, value.callee) in _CLASSES
            if made or value.callee in set(_factories(project, module)):
                found.append((module.name.count("."), module.name, one.target))
    yield from (f"{module}:{name}" for _, module, name in sorted(found))


def _factories(project: Project, module: Module) -> Iterator[str]:
    """Functions of the module that make a Celery(): `app = create_application()`."""
    for one in module.assignments:
        made = one.value.callee if one.scope and isinstance(one.value, Invoke) else ""
        if made and project.source.resolve(module, made, one.scope) in _CLASSES:
            yield module.scopes[one.scope].qualname


def _choose(applications: tuple[str, ...], commands: list[Command]) -> str:
    """The one that `celery -A` names, else the first."""
    for command in commands:
        named = command.option("-A", "--app")
        if named:
            module = named.partition(":")[0]
            for one in applications:
                if one == named or one.partition(":")[0] in (module, f"{module}.celery"):
                    return one
            # `-A shop`: the application that the package's __init__ imports.
            inside = [one for one in applications if one.startswith(f"{module}.")]
            if inside:
                return inside[0]
    return applications[0] if applications else ""


def _queues(command: Command) -> Iterator[str]:
    if command.role == "worker":
        named = command.resolve(command.option("-Q", "--queues") or "")
        yield from (queue.strip() for queue in named.split(",") if queue.strip() and "$" not in queue)


def _schedules_in_code(project: Project) -> bool:
    """`app.conf.beat_schedule`, the `beat_schedule` of a celeryconfig, `add_periodic_task`, or the tasks block,
    which has periodic tasks of its own beside those that the project declares with it."""
    for module in project.source:
        if any(one.module == _BLOCK for one in module.imports):
            return True
        if any(call.callee.endswith(".add_periodic_task") for call in module.calls):
            return True
        if any(one.target.rpartition(".")[2] == "beat_schedule" for one in module.assignments):
            return True
    return False

"""A project's Celery application, its queues and whether it has periodic tasks."""

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

_CLASSES = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_SIDE = frozenset({"tests", "test", "testing", "docs", "examples", "example"})


@dataclass(frozen=True, slots=True)
class CeleryShape:
    application: str = ""
    """ "config.celery:app"."""
    scheduled: bool = False
    beat_scheduler: str = ""
    queues: tuple[str, ...] = ()


def find_celery(project: Project, inspected: Inspected) -> CeleryShape:
    """An empty shape for a project without Celery, or whose environment has none."""
    if "celery" not in inspected.installed:
        return CeleryShape()
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
    named = next((name for name in inspected.facts if name.endswith("BEAT_SCHEDULER")), "")
    scheduler = next((found for c in beats if (found := c.option("--scheduler", "-S"))), "")
    own = "django_celery_beat" in inspected.items("INSTALLED_APPS")
    return CeleryShape(
        application=application,
        scheduled=bool(beats) or own or _has_schedule(project, inspected),
        beat_scheduler=scheduler
        or inspected.text(named)
        or ("django_celery_beat.schedulers:DatabaseScheduler" if own else ""),
        queues=tuple(dict.fromkeys(queue for command in commands for queue in _queues(command))),
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


def _has_schedule(project: Project, inspected: Inspected) -> bool:
    """CELERY_BEAT_SCHEDULE in the settings, or `app.conf.beat_schedule`, or `add_periodic_task` in code."""
    if any(inspected.facts.get(name) for name in inspected.facts if name.endswith("BEAT_SCHEDULE")):
        return True
    for module in project.source:
        if any(call.callee.endswith(".add_periodic_task") for call in module.calls):
            return True
        if any(one.target.endswith(".beat_schedule") for one in module.assignments):
            return True
    return False

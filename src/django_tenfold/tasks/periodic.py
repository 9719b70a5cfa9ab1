"""Periodic tasks, declared beside the task:

@periodic(every=60)
@shared_task
def expire_carts(): ...

@periodic(crontab(hour=3, minute=0), kwargs={"days": 30})
@shared_task
def prune_logs(days): ...
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celery.schedules import BaseSchedule

Declared = TypeVar("Declared")


@dataclass(frozen=True, slots=True)
class Periodic:
    """One declaration."""

    task: Any
    schedule: BaseSchedule | timedelta
    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def entry_name(self) -> str:
        """The name of the entry: the task's own unless another was given."""
        return self.name or str(self.task.name)


_declared: list[Periodic] = []
"""What the modules of tasks declare while they are imported, as Django's own registries of models and checks."""


def periodic(
    schedule: BaseSchedule | None = None,
    *,
    every: float | timedelta | None = None,
    name: str = "",
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> Callable[[Declared], Declared]:
    """Run a task by a Celery schedule (`crontab(...)`) or `every` so many seconds.

    `name` is for a task that is declared more than once; `options` are those of `apply_async` (queue, expires).
    Raises TypeError for both, neither, or what is no Celery task.
    """
    if (schedule is None) == (every is None):
        raise TypeError("periodic() takes a schedule or every=<seconds>, one of the two.")
    when = schedule if every is None else every if isinstance(every, timedelta) else timedelta(seconds=every)
    if isinstance(when, timedelta) and when <= timedelta(0):
        raise ValueError("every= must be more than 0 seconds.")

    def declare(task: Declared) -> Declared:
        if not hasattr(task, "apply_async"):
            raise TypeError(f"@periodic stands above @shared_task: {task!r} is no Celery task.")
        _declared.append(
            Periodic(task, when, name, args=tuple(args), kwargs=dict(kwargs or {}), options=options)
        )
        return task

    return declare


def declared_tasks() -> tuple[Periodic, ...]:
    """Every declaration, in the order of import."""
    return tuple(_declared)


def duplicate_names() -> list[str]:
    """Names that two declarations have: only one of them would run."""
    counted = Counter(one.entry_name() for one in _declared)
    return sorted(name for name, count in counted.items() if count > 1)


def build_schedule() -> dict[str, dict[str, Any]]:
    """The declarations as Celery's `beat_schedule`."""
    return {
        one.entry_name(): {
            "task": one.task.name,
            "schedule": one.schedule,
            "args": one.args,
            "kwargs": dict(one.kwargs),
            "options": dict(one.options),
        }
        for one in _declared
    }

"""The scheduler: exactly one Celery beat, since two would send every periodic task twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.overlay.commands import CELERY, project_command
from tenfold.stack.presence import backing_services, prepared_by
from tenfold.stack.service import Command, Says, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed
    from tenfold.stack.site import Site, Wanted

NEEDS: tuple[BinaryNeed, ...] = ()
PIDFILE = "run/scheduler.pid"
FOLDER = "data/scheduler"
SCHEDULE = f"{FOLDER}/schedule"


def ports(wanted: Wanted) -> tuple[str, ...]:
    """None."""
    return ()


def plan(site: Site) -> Iterator[Service]:
    """The scheduler, where the project has periodic tasks."""
    wants = site.shape.celery and site.shape.scheduled
    if not wants or {"scheduler", "worker"} & {*site.config.without}:
        return
    words = scheduler_words(
        pidfile=site.path(PIDFILE), schedule=site.path(SCHEDULE), scheduler=site.shape.beat_scheduler
    )
    made = project_command(site, "celery", "-A", CELERY, *words, role="scheduler")
    yield Service(
        name="scheduler",
        kind="scheduler",
        title=f"Celery beat with {site.shape.beat_scheduler or 'its own schedule file'}",
        command=Command(made.words, {**made.environment, "PYTHONUNBUFFERED": "1"}, made.folder),
        # Its banner: unlike its log no logging configuration takes it away.
        ready=Says("is starting."),
        needs=(*backing_services(site), *prepared_by(site)),
        folders=("run", FOLDER),
        sockets=(PIDFILE,),
        address=SCHEDULE if not site.shape.beat_scheduler else "",
    )


def scheduler_words(*, pidfile: str, schedule: str, scheduler: str = "") -> tuple[str, ...]:
    """After `celery -A APP`, for any place that runs the scheduler. The pid file keeps a second one out."""
    words = ("beat", "--loglevel", "INFO", "--pidfile", pidfile, "--schedule", schedule)
    return (*words, "--scheduler", scheduler) if scheduler else words

"""System checks of the block: `manage.py check`; those of production with `--deploy`. Ids tenfold.E/W3xx.

They look at the application as it is configured, once its tasks are imported.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.checks import Error, register
from django.core.checks import Warning as CheckWarning

from django_tenfold.tasks import periodic
from django_tenfold.tasks.defaults import SCHEDULER, is_redis
from django_tenfold.tasks.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from django.core.checks import CheckMessage

TAG = "tasks"
BACKEND = "django_tenfold.tasks.mail.EmailBackend"
IMMEDIATE = ("ImmediateBackend", "DummyBackend")
NOT_SENDING = ("console", "filebased", "locmem", "dummy")
"""Django's e-mail backends that ask no server."""


def check_options(app_configs: object, **_: object) -> list[CheckMessage]:
    """E301: TENFOLD_TASKS holds what cannot be."""
    problems: list[CheckMessage] = [*options.report_problems("tenfold.E301")]
    if not problems and options().soft_time_limit >= options().time_limit:
        problems.append(
            Error(
                "TENFOLD_TASKS: soft_time_limit is not below time_limit: a task is killed before it is asked to end.",
                hint='Set "soft_time_limit" to 4/5 of "time_limit".',
                id="tenfold.E301",
            )
        )
    return problems


def find_app() -> Celery | None:
    """The project's Celery application with its tasks; None where none was made."""
    from celery import current_app

    app: Any = current_app._get_current_object()
    if app.main in (None, "default"):
        return None
    if not getattr(app, _IMPORTING, False):
        setattr(app, _IMPORTING, True)
        try:
            app.loader.import_default_modules()
        finally:
            setattr(app, _IMPORTING, False)
    app.finalize()
    return app


_IMPORTING = "tenfold_importing"
"""On the application while its tasks are imported: a worker runs Django's checks as part of that, and these would
import its tasks again. https://github.com/celery/celery/blob/v5.5.0/celery/fixups/django.py#L190"""


def check_application(app_configs: object, **_: object) -> list[CheckMessage]:
    """W302: the block is installed, and the project's application does not use it."""
    from django_tenfold.tasks.celery import TASK_CLASS, TenfoldTask

    app = find_app()
    if app is None:
        return [
            CheckWarning(
                "django_tenfold.tasks is installed, and no Celery application is loaded with Django: tasks that a"
                " request sends go to an application without settings.",
                hint="Write config/celery.py (app = Celery(...); configure(app)) and import it in config/__init__.py.",
                id="tenfold.W302",
            )
        ]
    task_class = app.task_cls
    if task_class == TASK_CLASS or (isinstance(task_class, type) and issubclass(task_class, TenfoldTask)):
        return []
    return [
        CheckWarning(
            f"The Celery application {app.main!r} does not use this block: its tasks are sent before the commit,"
            " and those that fail are gone.",
            hint="from django_tenfold.tasks.celery import configure; configure(app)",
            id="tenfold.W302",
        )
    ]


def check_periodic(app_configs: object, **_: object) -> list[CheckMessage]:
    """E303: two periodic tasks of one name; E304: one of a task that no worker has."""
    app = find_app()
    if app is None:
        return []
    found: list[CheckMessage] = [
        Error(
            f"Two periodic tasks are named {name!r}: only the last one declared would run.",
            hint='Give one of them another name: @periodic(..., name="...").',
            id="tenfold.E303",
        )
        for name in periodic.duplicate_names()
    ]
    schedule = {**periodic.build_schedule(), **(app.conf.beat_schedule or {})}
    found += [
        Error(
            f"The periodic task {name!r} runs {entry['task']!r}, which no module of tasks defines: each run would"
            " fail in the worker.",
            hint="Correct the name, or import the module of the task where autodiscovery finds it (tasks.py).",
            id="tenfold.E304",
        )
        for name, entry in schedule.items()
        if isinstance(entry, dict) and entry.get("task") not in app.tasks
    ]
    return found


def _warn(number: int, message: str, hint: str) -> CheckWarning:
    return CheckWarning(message, hint=hint, id=f"tenfold.W{number}")


def _own_tasks(app: Celery) -> Iterator[Any]:
    return (task for name, task in sorted(app.tasks.items()) if not name.startswith("celery."))


def find_early_acknowledgement(app: Celery) -> Iterator[CheckWarning]:
    """W305: a worker that dies takes its tasks along."""
    early = [task.name for task in _own_tasks(app) if not (task.acks_late and task.reject_on_worker_lost)]
    if early:
        yield _warn(
            305,
            f"Tasks are acknowledged before they have run, or not given back by a killed process: {_few(early)}."
            " Each deployment and each kill for memory loses some.",
            "Remove CELERY_TASK_ACKS_LATE and CELERY_TASK_REJECT_ON_WORKER_LOST (configure() sets both) and"
            " acks_late=False at the task; make the task idempotent=True.",
        )


def find_unlimited(app: Celery) -> Iterator[CheckWarning]:
    """W306: a task that hangs holds its process for ever."""
    conf = app.conf
    unlimited = [task.name for task in _own_tasks(app) if not (task.time_limit or conf.task_time_limit)]
    if unlimited:
        yield _warn(
            306,
            f"Tasks have no time limit: {_few(unlimited)}. One server that does not answer takes a worker process"
            " each, until none is left.",
            "Remove CELERY_TASK_TIME_LIMIT = None: the option time_limit of TENFOLD_TASKS then holds.",
        )


def find_eager(app: Celery) -> Iterator[CheckWarning]:
    """W307: tasks run in the request."""
    if app.conf.task_always_eager:
        yield _warn(
            307,
            "CELERY_TASK_ALWAYS_EAGER is on: every task runs inside the request that sends it.",
            "Set it in the settings of tests only.",
        )


def find_short_visibility(app: Celery) -> Iterator[CheckWarning]:
    """W308: Redis delivers again what still runs."""
    conf = app.conf
    if not is_redis(conf.broker_url):
        return
    timeout = (conf.broker_transport_options or {}).get("visibility_timeout", 3600)
    longest = max([conf.task_time_limit or 0, *(task.time_limit or 0 for task in _own_tasks(app))])
    needed = longest + options().longest_countdown
    if timeout <= needed:
        yield _warn(
            308,
            f"The visibility timeout of the broker is {timeout} s, while a message may be held for {needed} s"
            " (the longest time limit and the longest countdown): Redis then delivers it to a second worker.",
            f'Set TENFOLD_TASKS["visibility_timeout"] above {needed}, and no visibility_timeout in'
            " CELERY_BROKER_TRANSPORT_OPTIONS.",
        )


def find_pickle(app: Celery) -> Iterator[CheckWarning]:
    """W309: whoever writes to the broker runs code in the worker."""
    accepted = {str(one).lower() for one in app.conf.accept_content or ()}
    if accepted & {"pickle", "application/x-python-serialize"}:
        yield _warn(
            309,
            "The worker accepts pickle: whoever can write to the broker runs code in it.",
            'Remove CELERY_ACCEPT_CONTENT: ["json"] is the default of this block.',
        )


def find_other_scheduler(app: Celery) -> Iterator[CheckWarning]:
    """W312: two beats enqueue everything twice."""
    name = app.conf.beat_scheduler
    if name != SCHEDULER and app.conf.beat_schedule:
        yield _warn(
            312,
            f"Beat's scheduler is {name}, which holds no lock: a second beat, for example during a deployment,"
            " enqueues each periodic task twice.",
            f'Set CELERY_BEAT_SCHEDULER = "{SCHEDULER}".',
        )


FINDERS: tuple[Callable[[Celery], Iterator[CheckWarning]], ...] = (
    find_early_acknowledgement,
    find_unlimited,
    find_eager,
    find_short_visibility,
    find_pickle,
    find_other_scheduler,
)


def check_production(app_configs: object, **_: object) -> list[CheckMessage]:
    """W305 to W309 and W312: what the application's settings cost."""
    app = find_app()
    return [] if app is None else [found for find in FINDERS for found in find(app)]


def check_mail(app_configs: object, **_: object) -> list[CheckMessage]:
    """W310: a mail server that is slow makes requests slow."""
    mailers = getattr(settings, "MAILERS", None) if django.VERSION >= (6, 1) else None
    if mailers is None:
        with warnings.catch_warnings(action="ignore"):  # Django 6.1 says itself that the setting is old
            setting, backend = "EMAIL_BACKEND", str(getattr(settings, "EMAIL_BACKEND", BACKEND))
    else:
        setting = 'MAILERS["default"]'
        backend = str(
            mailers.get("default", {}).get("BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        )
    if backend == BACKEND or any(f".{one}." in backend for one in NOT_SENDING):
        return []
    return [
        _warn(
            310,
            f"{setting} is {backend}: the request that sends a mail waits for the mail server, and mails of a"
            " transaction that is rolled back are sent.",
            f"Set it to {BACKEND}; the page of the block says how the worker's own is named.",
        )
    ]


def check_django_tasks(app_configs: object, **_: object) -> list[CheckMessage]:
    """W311: Django's tasks run in the request, which is Django's own default."""
    if django.VERSION < (6, 0):
        return []
    return [
        _warn(
            311,
            f"TASKS[{alias!r}] is {backend.rpartition('.')[2]}: tasks run inside the request, or never.",
            'Set its BACKEND to "django_tenfold.tasks.backends.CeleryBackend".',
        )
        for alias, entry in settings.TASKS.items()
        if (backend := str(entry.get("BACKEND", ""))).endswith(IMMEDIATE)
    ]


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def register_checks() -> None:
    for check in (check_options, check_application, check_periodic):
        register(check, TAG)
    for check in (check_production, check_mail, check_django_tasks):
        register(check, TAG, deploy=True)

"""A project's Celery application with the defaults of this block. Its celery.py:

    app = Celery("shop")
    configure(app)

Every task of the application, `shared_task` too, is then a TenfoldTask. Settings named CELERY_* win.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery import Task, signals
from celery.utils import uuid
from kombu.exceptions import OperationalError

from django_tenfold.tasks import metrics
from django_tenfold.tasks.defaults import make_defaults, transport_options
from django_tenfold.tasks.payload import SENT_HEADER, decode, encode
from django_tenfold.tasks.settings import options
from django_tenfold.tasks.transactions import after_commit, open_transactions

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery

TASK_CLASS = "django_tenfold.tasks.celery:TenfoldTask"
READ_AT_EACH_SEND = (
    "task_repr_maxlevels",
    "task_default_queue",
    "task_send_sent_event",
    "broker_pool_acquire_timeout",
)
"""Looked up once: each look-up asks Django's settings for four spellings, 20 microseconds."""
GRACE = 60
"""Seconds from a task's own soft limit to its hard one."""


class TenfoldTask(Task):
    """Sent on commit, run at least once and its effect once if `idempotent`, tried again, buried when it failed.

    What a task may set for itself: the attributes below, in `@shared_task(...)`.
    """

    abstract = True
    Request = "django_tenfold.tasks.requests:TenfoldRequest"
    on_commit = True
    """Wait for the commit of open transactions."""
    using: str | None = None
    """The database whose commit is waited for, and that keys are written to; None: every one that has a
    transaction open."""
    outbox: bool | None = None
    """As the option of the same name, for this task."""
    idempotent = False
    """Run in one transaction with the claim of its key: a second run does nothing."""
    key: Callable[..., str] | None = None
    """From the task's arguments to its key; None: the id of the message."""
    transient: tuple[type[Exception], ...] = ()
    """Exceptions that are worth a retry, beside those of every task."""
    max_retries: int | None = None
    """None: the option `retries`."""

    @classmethod
    def on_bound(cls, app: Celery) -> None:
        """A task that names one limit of time keeps the other in order; Celery would refuse to send it."""
        soft, hard = cls.soft_time_limit, cls.time_limit
        if soft and hard and soft > hard:
            if hard == app.conf.task_time_limit:
                cls.time_limit = soft + GRACE
            else:
                cls.soft_time_limit = max(1, hard * 4 // 5)

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        task_id: str | None = None,
        *,
        now: bool = False,
        **told: Any,
    ) -> Any:
        """As Celery's, after the commit of the transactions that are open here; at once with `now=True`.

        Raises TypeError for arguments that are no JSON, and kombu's OperationalError when nothing waits for a
        commit, the broker cannot be reached within `send_seconds` and there is no outbox.
        """
        app = self._get_app()
        task_id = task_id or uuid()
        if now or app.conf.task_always_eager:
            aliases = () if now or not self.on_commit else open_transactions(self.using)
            return self._send_after(aliases, args, kwargs, task_id=task_id, told=told)
        from django_tenfold.tasks import outbox  # models: a celery.py is imported before there are any

        if due := _held_back(app.now(), told):
            margin = timedelta(seconds=options().longest_countdown / 2)
            told["eta"], told["countdown"] = due, None
            outbox.keep_task(self.name, (args, kwargs, told), task_id=task_id, send_after=due - margin)
            return self.AsyncResult(task_id)
        aliases = open_transactions(self.using) if self.on_commit else ()
        if not (options().outbox if self.outbox is None else self.outbox):
            return self._send_after(aliases, args, kwargs, task_id=task_id, told=told)
        return self._send_kept(aliases, args, kwargs, task_id=task_id, told=told)

    def send_now(self, args: Any, kwargs: Any, **told: Any) -> Any:
        """Straight to the broker."""
        stamp = {SENT_HEADER: time.time() + (told.get("countdown") or 0)}
        if isinstance(eta := told.get("eta"), datetime):
            stamp[SENT_HEADER] = max(eta.timestamp(), stamp[SENT_HEADER])
        return super().apply_async(
            args, kwargs, **{**told, "headers": {**(told.get("headers") or {}), **stamp}}
        )

    def _send_after(
        self, aliases: tuple[str, ...], args: Any, kwargs: Any, *, task_id: str, told: dict[str, Any]
    ) -> Any:
        if not aliases:
            return self.send_now(args, kwargs, task_id=task_id, **told)
        told.pop("producer", None)  # a pooled one, which another thread has by the time of the commit
        kept = encode([args or (), kwargs or {}])  # as they are now; fails here, where the caller sees it

        def send() -> None:
            positional, named = decode(kept)
            try:
                self.send_now(positional, named, task_id=task_id, **told)
            except (OperationalError, OSError):  # Django logs it: the data is committed, the task is lost
                metrics.record_lost(self.name)
                raise

        after_commit(send, aliases)
        return self.AsyncResult(task_id)

    def _send_kept(
        self, aliases: tuple[str, ...], args: Any, kwargs: Any, *, task_id: str, told: dict[str, Any]
    ) -> Any:
        from django_tenfold.tasks import outbox

        using = outbox.outbox_database()
        body = (args, kwargs, told)
        if aliases == (using,):
            row = outbox.keep_task(self.name, body, task_id=task_id)
            outbox.send_on_commit(row, self._get_app(), using=using)
            return self.AsyncResult(task_id)

        def send() -> None:
            try:
                self.send_now(args, kwargs, task_id=task_id, **told)
            except (OperationalError, OSError) as error:
                row = outbox.keep_task(self.name, body, task_id=task_id)
                outbox.log.warning("%s is kept in the outbox: %r", row, error)

        after_commit(send, aliases)
        return self.AsyncResult(task_id)

    async def adelay(self, *args: Any, **kwargs: Any) -> Any:
        """`delay` for coroutines."""
        return await self.aapply_async(args, kwargs)

    async def aapply_async(self, *args: Any, **told: Any) -> Any:
        """`apply_async` for coroutines: in the thread that Django's database connections live in."""
        from asgiref.sync import sync_to_async

        return await sync_to_async(self.apply_async, thread_sensitive=True)(*args, **told)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from django_tenfold.tasks.running import run_task

        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        return run_task(self, args, kwargs)

    def retry(self, *args: Any, max_retries: int | None = None, **told: Any) -> Any:
        """As Celery's; without a number the option `retries` counts."""
        if max_retries is None:
            max_retries = options().retries if self.max_retries is None else self.max_retries
        return super().retry(*args, max_retries=max_retries, **told)


def _held_back(now: datetime, told: dict[str, Any]) -> datetime | None:
    """When a task is due that no worker should hold until then."""
    countdown, eta = told.get("countdown"), told.get("eta")
    longest = options().longest_countdown
    if countdown:
        return now + timedelta(seconds=countdown) if countdown > longest else None
    if not isinstance(eta, datetime):
        return None
    due = eta if eta.tzinfo else eta.replace(tzinfo=now.tzinfo)
    return due if due > now + timedelta(seconds=longest) else None


def configure(app: Celery) -> Celery:
    """Give an application this block's task class and defaults, its settings (CELERY_*) and its tasks."""
    app.task_cls = TASK_CLASS
    app.set_default()  # for every thread: Celery's "current" application is that of the thread which made it
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.add_defaults(make_defaults)
    app.on_after_configure.connect(_complete_options, weak=False)
    app.autodiscover_tasks()
    # After the modules of tasks: signals call their receivers in the order of their connection.
    signals.import_modules.connect(_declare_periodic, sender=app, weak=False)
    signals.worker_init.connect(_connect_worker, weak=False, dispatch_uid="tenfold_worker")
    return app


def _complete_options(sender: Celery, **_: object) -> None:
    """A project that names one option of the transport keeps the others."""
    conf = sender.conf
    given = conf.broker_transport_options or {}
    conf.broker_transport_options = {**transport_options(conf.broker_url), **given}
    conf.update({name: conf[name] for name in READ_AT_EACH_SEND})


def _connect_worker(**_: object) -> None:
    """Before the worker's processes are made: they hear what their parent hears."""
    from django_tenfold.tasks import requests

    requests.connect_signals()


def _declare_periodic(sender: Celery, **_: object) -> None:
    from django_tenfold.tasks.periodic import build_schedule

    sender.conf.beat_schedule = {**build_schedule(), **(sender.conf.beat_schedule or {})}

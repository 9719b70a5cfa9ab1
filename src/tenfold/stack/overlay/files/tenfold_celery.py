"""The project's Celery application on the stack's settings: `celery -A tenfold_celery:app`."""

from __future__ import annotations

import importlib
import json
import logging
import os
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"

from celery import bootsteps  # type: ignore[import-untyped,import-not-found,unused-ignore]
from celery.signals import worker_ready  # type: ignore[import-untyped,import-not-found,unused-ignore]
from celery.worker import state  # type: ignore[import-untyped,import-not-found,unused-ignore]
from django.conf import settings
from tenfold_settings import overlay  # type: ignore[import-not-found]

# Loaded before the project's own module names other ones.
settings.INSTALLED_APPS  # noqa: B018

_module, _, _name = overlay["celery"].partition(":")
app = getattr(importlib.import_module(_module), _name)
os.environ["DJANGO_SETTINGS_MODULE"] = "tenfold_settings"


def fill_gaps(conf: Any, tasks: dict[str, int]) -> None:
    """Limits where the application has none, whatever namespace its settings have. A limit of its own, even one
    of the two alone, leaves both: the soft one must stay below the hard one.

    Redis delivers a task again that was not finished within the visibility timeout; RabbitMQ knows by itself.
    """
    if conf.task_time_limit is None and conf.task_soft_time_limit is None:
        conf.task_time_limit = tasks["task_time_limit"]
        conf.task_soft_time_limit = tasks["task_soft_time_limit"]
    options = dict(conf.broker_transport_options or {})
    if "visibility_timeout" not in options and str(conf.broker_url or "").startswith(("redis", "valkey")):
        options["visibility_timeout"] = tasks["visibility_timeout"]
        conf.broker_transport_options = options


fill_gaps(app.conf, overlay["tasks"])


@worker_ready.connect(weak=False)  # type: ignore[untyped-decorator,unused-ignore]
def say_ready(sender: object, **told: object) -> None:
    """To standard output: the project's LOGGING may silence Celery's own line, which the runner waits for."""
    os.write(1, f"{getattr(sender, 'hostname', 'worker')} ready.\n".encode())


class Redelivery(bootsteps.StartStopStep):  # type: ignore[misc,unused-ignore]
    """Puts back what a killed worker, or one whose broker was killed, had fetched and not finished.

    Redis would keep it back for the visibility timeout, an hour: it does not know that the consumer is gone.
    Here it is known, since the stack has one worker. RabbitMQ sees it by itself.
    https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout
    """

    requires = ("celery.worker.consumer.connection:Connection",)

    def start(self, consumer: object) -> None:
        try:
            channel = consumer.connection.default_channel  # type: ignore[attr-defined]
            if not hasattr(channel, "unacked_key"):
                return
            mine = {request.id for request in tuple(state.active_requests)}
            with channel.conn_or_acquire() as client:
                found = client.hgetall(channel.unacked_key)
            for tag, message in found.items():
                if read_id(message) not in mine:
                    channel.qos.restore_by_tag(tag)
        except Exception:  # a worker that starts without it is better than none
            logging.getLogger("celery.worker").exception("What was not finished waits for its timeout")


def read_id(message: bytes) -> str:
    """The task's id in a message as Kombu keeps it: [message, exchange, routing key]."""
    return str(json.loads(message)[0].get("headers", {}).get("id", ""))


app.steps["consumer"].add(Redelivery)

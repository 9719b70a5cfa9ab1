"""The project's processes as command lines, the same for every engine: words, paths put in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.services.app.granian import granian_words
from tenfold.stack.services.app.gunicorn import gunicorn_words, render_gunicorn
from tenfold.stack.services.app.serving import Serving
from tenfold.stack.services.app.uvicorn import uvicorn_words
from tenfold.stack.services.scheduler.service import scheduler_words
from tenfold.stack.services.worker.service import LONGEST_STOP, worker_words

if TYPE_CHECKING:
    from tenfold.stack.export.input import ExportInput

STATSD = "127.0.0.1:9125"
"""Where statsd_exporter takes what gunicorn counts on a host; nobody misses it when it is not there."""
MARGIN = 5
"""Seconds beyond a process's own grace before it is killed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things stand on one engine; absolute paths."""

    python: str
    """The interpreter: "python" in an image, "/srv/shop/venv/bin/python" on a host."""
    socket: str = ""
    """The application's Unix socket; "" for TCP."""
    host: str = "127.0.0.1"
    port: int = 0
    configuration: str = ""
    """gunicorn.conf.py."""
    statsd: str = ""
    """HOST:PORT where gunicorn's figures go."""


def serving(one: ExportInput, place: Place, name: str = "app") -> Serving:
    """What an instance of the application server is told."""
    return Serving(
        name=name,
        project=one.name,
        target=one.application,
        size=one.topology.app,
        timeouts=one.topology.timeouts,
        socket=place.socket,
        host=place.host,
        port=place.port,
        interface=one.topology.work.interface,
        configuration=place.configuration,
        statsd=place.statsd,
    )


def app_words(one: ExportInput, place: Place, name: str = "app") -> tuple[str, ...]:
    """The command line of the application server."""
    made = serving(one, place, name)
    words = {"gunicorn": gunicorn_words, "granian": granian_words, "uvicorn": uvicorn_words}[one.server](made)
    if one.server == "gunicorn":  # one configuration serves every instance; the command line wins over it
        words = ("--bind", f"unix:{place.socket}" if place.socket else made.address, *words)
    return (place.python, "-m", one.server, *words)


def gunicorn_text(one: ExportInput, place: Place, name: str = "app") -> str:
    """gunicorn.conf.py, "" for another server."""
    return render_gunicorn(serving(one, place, name)) if one.server == "gunicorn" else ""


def worker_command(one: ExportInput, python: str, *, node: str) -> tuple[str, ...]:
    words = worker_words(one.topology.tasks, node=node, queues=one.queues)
    return (python, "-m", "celery", "-A", one.celery, *words)


def scheduler_command(one: ExportInput, python: str, *, folder: str) -> tuple[str, ...]:
    """`folder` holds the pid file, which keeps a second one out, and the schedule."""
    words = scheduler_words(
        pidfile=f"{folder}/scheduler.pid", schedule=f"{folder}/schedule", scheduler=one.beat_scheduler
    )
    return (python, "-m", "celery", "-A", one.celery, *words)


def manage_words(one: ExportInput, python: str, *words: str) -> tuple[str, ...]:
    return (python, one.paths.commands, *words)


def stop_seconds(one: ExportInput, service: str) -> int:
    """Seconds between the signal to stop and the kill, from the ladder of timeouts."""
    if service == "app":
        return math.ceil(one.topology.timeouts.graceful.seconds) + MARGIN
    if service == "edge":
        return math.ceil(one.topology.timeouts.edge.seconds) + MARGIN
    if service == "worker":
        return math.ceil(min(one.topology.tasks.time_limit.seconds, LONGEST_STOP)) + MARGIN
    return 10

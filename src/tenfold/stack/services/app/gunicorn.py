"""gunicorn: its configuration file and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from tenfold.stack.service import File
from tenfold.stack.services.app.serving import FOLDER

if TYPE_CHECKING:
    from tenfold.stack.services.app.serving import Serving

MODULE = "gunicorn"
UVICORN_WORKER = "uvicorn_worker.UvicornWorker"
ENVIRONMENT = {"GUNICORN_CMD_ARGS": ""}
"""Emptied: arguments that somebody exported would win over the configuration file."""


def render_gunicorn(one: Serving) -> str:
    """The text of gunicorn.conf.py, for any place that runs this instance."""
    loader = PackageLoader("tenfold.stack.services.app", "")
    environment = Environment(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    bind = f"unix:{one.socket}" if one.socket else f"{one.host}:{one.port}"
    return environment.get_template("gunicorn.conf.py.j2").render(
        one=one, bind=bind, worker_class=worker_class(one)
    )


def worker_class(one: Serving) -> str:
    """gunicorn's worker class: the topology's, or what its threads ask for when it was sized for another."""
    if one.interface == "asgi":
        return UVICORN_WORKER
    sized = str(one.size.worker_class.value)
    return sized if sized in ("sync", "gthread") else ("sync", "gthread")[one.size.threads.whole > 1]


def gunicorn_files(one: Serving) -> tuple[File, ...]:
    return (File(f"{FOLDER}/{one.name}.gunicorn.conf.py", render_gunicorn(one)),)


def gunicorn_words(one: Serving) -> tuple[str, ...]:
    """After `python -m gunicorn`. With -c the project's own gunicorn.conf.py, which gunicorn would take
    from the working folder, is not read."""
    return ("-c", one.configuration, one.target)

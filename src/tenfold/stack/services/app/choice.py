"""Which application server runs a project: its own choice first, then what serves it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.services.app.serving import GRANIAN_LEAST, GRANIAN_PYTHON, read_version

if TYPE_CHECKING:
    from tenfold.config import UpConfig
    from tenfold.stack.shape import Shape


def choose_server(config: UpConfig, shape: Shape) -> str:
    """ "gunicorn", "granian" or "uvicorn".

    The configuration decides. Without it a project that needs ASGI gets uvicorn; one that configures,
    starts or depends on gunicorn keeps it; all others get granian (three times the requests of gunicorn
    sync and untouched by slow clients), where the interpreter is new enough for it.
    """
    if config.server != "auto":
        return config.server
    if shape.interface == "asgi":
        return "uvicorn"
    if "gunicorn" in shape.declares or not _granian_runs(shape):
        return "gunicorn"
    return "granian"


def names_processes(config: UpConfig, shape: Shape) -> bool:
    """Whether setproctitle is there for certain: granian refuses to name its processes without it.

    It is added wherever granian is. Where the project has its own granian, only what it has itself counts.
    """
    added = choose_server(config, shape) == "granian" and "granian" not in shape.installed
    return added or "setproctitle" in shape.installed


def _granian_runs(shape: Shape) -> bool:
    own = shape.installed.get("granian", "")
    return read_version(own) >= GRANIAN_LEAST if own else shape.python_version >= GRANIAN_PYTHON


def explain_server(config: UpConfig, shape: Shape) -> str:
    """Which server runs the application and why, for the plan's notes."""
    server = choose_server(config, shape)
    if config.server != "auto":
        return f'The application runs on {server}: server = "{server}".'
    if shape.interface == "asgi":
        return "The application runs on uvicorn: the project needs ASGI."
    if "gunicorn" in shape.declares:
        return (
            "The application runs on gunicorn, which the project names, with a configuration of the stack's own:"
            " a gunicorn.conf.py of the project is not read."
        )
    if server == "gunicorn":
        return "The application runs on gunicorn: its Python or its own granian is too old for granian."
    return "The application runs on granian: the project names no server."

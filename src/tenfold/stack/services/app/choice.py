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


def _granian_runs(shape: Shape) -> bool:
    own = shape.installed.get("granian", "")
    return read_version(own) >= GRANIAN_LEAST if own else shape.python_version >= GRANIAN_PYTHON

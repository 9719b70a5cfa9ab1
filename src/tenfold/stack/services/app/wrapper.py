"""tenfold_serving.py: the access log and the limit of a request, for granian and uvicorn."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from tenfold.stack.service import File
from tenfold.stack.services.app.serving import FOLDER

if TYPE_CHECKING:
    from tenfold.stack.services.app.serving import Serving

WRAPPER = "tenfold_serving.py"


def wrapper_file() -> File:
    """The file as it stands below `files/`."""
    text = files("tenfold.stack.services.app").joinpath("files", WRAPPER).read_text(encoding="utf-8")
    return File(f"{FOLDER}/{WRAPPER}", text)


def wrapper_environment(one: Serving) -> dict[str, str]:
    """What the wrapper reads: the application, and when a worker whose threads all hang is replaced."""
    return {
        "TENFOLD_SERVES": one.target,
        "TENFOLD_REQUEST_SECONDS": f"{one.timeouts.app.seconds:g}",
        "TENFOLD_REQUEST_THREADS": str(one.size.threads.whole),
    }

"""Where in the project's own code something was asked for: the innermost frame that is neither Python's, a
package's nor this block's. Walking the stack costs tens of microseconds: it is done for what is slow anyway.
"""

from __future__ import annotations

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_NOT_THE_PROJECTS = tuple(
    {
        str(Path(__file__).resolve().parents[1]) + "/",
        *(sysconfig.get_paths()[name] + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
)
_DEEPEST = 200
"""Frames that are looked at."""


@lru_cache(maxsize=4096)
def is_project_file(path: str) -> bool:
    """Whether a file is neither of an installed package nor of Python nor made of no file at all."""
    if path.startswith("<") or path.startswith(_NOT_THE_PROJECTS):
        return False
    return not {"site-packages", "dist-packages"} & set(Path(path).parts)


_PLUMBING = frozenset(
    {"asgiref", "celery", "django", "django_tenfold", "debug_toolbar", "granian", "gunicorn", "kombu", "psycopg",
     "sentry_sdk", "silk", "uvicorn", "zeal"}
)  # fmt: skip
"""Packages through which everything goes: that they asked says nothing."""


@lru_cache(maxsize=4096)
def _is_other_package(path: str) -> bool:
    """Of an installed package that may be the project itself, as in a container, or what it uses."""
    _, found, inside = path.rpartition("site-packages/")
    return bool(found) and inside.partition("/")[0] not in _PLUMBING


def find_caller() -> str:
    """ "shop/views.py:12 in buy", with the template before it when one asked. Where the project's own code is
    not in the stack: the template, else the innermost package that is not mere plumbing, else "".

    In asynchronous code the ORM works in a thread whose stack begins at Django: then it is "" as well.
    """
    frame: FrameType | None = sys._getframe(1)
    template = package = ""
    for _ in range(_DEEPEST):
        if frame is None:
            break
        code = frame.f_code
        if is_project_file(code.co_filename):
            return f"{template}{_shorten(code.co_filename)}:{frame.f_lineno} in {code.co_qualname}"
        if not package and _is_other_package(code.co_filename):
            package = f"{_shorten(code.co_filename)}:{frame.f_lineno} in {code.co_qualname}"
        if not template and code.co_name == "render_annotated":
            template = _name_template(frame)
        frame = frame.f_back
    return template.removesuffix(" < ") or package


def _name_template(frame: FrameType) -> str:
    """The place in a template of Django's; it keeps it with each node."""
    node = frame.f_locals.get("self")
    origin = getattr(getattr(node, "origin", None), "template_name", None)
    line = getattr(getattr(node, "token", None), "lineno", None)
    return f"{origin}:{line} < " if origin and line else ""


@lru_cache(maxsize=4096)
def _shorten(path: str) -> str:
    """Relative to the folder that the process was started in, where it lies below it."""
    here = str(Path.cwd()) + "/"
    return path.removeprefix(here)

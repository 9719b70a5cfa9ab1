"""What this process is: whom it serves (its role) and how (threads or an event loop).

Settings are loaded once, by the program that needs them, so the program tells. `get_wsgi_application` and
`get_asgi_application` load the settings themselves: whichever module of the two has been imported by then is
the entry point that the server loaded. Nothing else of Django imports them before the settings.
https://github.com/django/django/blob/stable/6.0.x/django/core/asgi.py
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

ROLES = ("web", "worker", "scheduler", "migrate", "command")
SERVERS = ("wsgi", "asgi")


def detect_server(modules: Container[str] | None = None) -> str:
    """ "asgi", "wsgi", or "" for a process that serves no requests. A project whose asgi.py loads wsgi.py as
    well serves ASGI; what is right there is safe for WSGI too."""
    loaded = sys.modules if modules is None else modules
    for server in ("asgi", "wsgi"):
        if f"django.core.{server}" in loaded:
            return server
    return ""


def detect_role(arguments: Sequence[str] | None = None, *, server: str = "") -> str:
    """One of ROLES, from the command line. A command that nothing else is known of has the role "command"."""
    told = [*(sys.argv if arguments is None else arguments)]
    program = PurePath(told[0]).name if told else ""
    words = told[1:]
    if program == "celery" or PurePath(told[0] if told else "").parent.name == "celery":
        return "scheduler" if "beat" in words and "worker" not in words else "worker"
    command = words[0] if words and program in ("manage.py", "django-admin", "__main__.py") else ""
    if command in ("runserver", "runserver_plus"):
        return "web"
    if command in ("celery", "celeryd", "qcluster", "rqworker", "db_worker", "run_huey"):
        return "worker"
    if command == "migrate":
        return "migrate"
    return "web" if server and not command else "command"

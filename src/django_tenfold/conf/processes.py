"""What this process is: whom it serves (its role) and how (threads or an event loop).

Settings are loaded once, by the program that needs them, so the program tells. `get_wsgi_application` and
`get_asgi_application` load the settings themselves: whichever of their modules has been imported by then is the
entry point that the server loaded; nothing else of Django imports them before the settings.
https://github.com/django/django/blob/stable/6.0.x/django/core/asgi.py
gevent's workers patch the standard library before they load the application.
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLES = ("web", "worker", "scheduler", "migrate", "command")
SERVERS = ("wsgi", "asgi", "gevent")
_WORKERS = frozenset({"celery", "celeryd", "qcluster", "rqworker", "db_worker", "run_huey"})
_MANAGE = frozenset({"manage.py", "django-admin", "django-admin.py"})


def detect_server(modules: Mapping[str, Any] | None = None) -> str:
    """One of SERVERS, or "" for a process that no server has loaded. A project whose asgi.py loads wsgi.py as
    well serves ASGI; what is right there is safe for WSGI too."""
    loaded = sys.modules if modules is None else modules
    monkey = loaded.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        return "gevent"
    return next((server for server in ("asgi", "wsgi") if f"django.core.{server}" in loaded), "")


def detect_role(arguments: Sequence[str] | None = None, *, server: str = "") -> str:
    """One of ROLES, from the command line."""
    program, *words = (sys.argv if arguments is None else arguments) or [""]
    path = PurePath(program)
    if "celery" in (path.name, path.parent.name):
        return "scheduler" if "beat" in words and "worker" not in words else "worker"
    manages = path.name in _MANAGE or (path.name == "__main__.py" and path.parent.name == "django")
    command = words[0] if words and manages else ""
    if command in _WORKERS:
        return "worker"
    if command == "migrate":
        return "migrate"
    if command.startswith("runserver"):
        return "web"
    return "web" if server and not manages else "command"

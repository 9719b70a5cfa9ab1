"""Command lines that run something inside the project's own interpreter, on the overlay's settings.

Start them as `python -m MODULE`: the overlay's `sitecustomize` runs before the module is looked for, in
this process and in every Python process that it starts (spawned workers, a re-executed master), and
appends the packages that the project lacks to the end of `sys.path`. What the project has itself wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.service import Command

if TYPE_CHECKING:
    from tenfold.stack.site import Site

WSGI = "tenfold_wsgi:application"
"""The WSGI application to serve, whatever settings the project's own wsgi.py names."""
ASGI = "tenfold_asgi:application"
CELERY = "tenfold_celery:app"
ROLES = ("app", "worker", "scheduler", "command", "migrate", "shell")
ROLE = "TENFOLD_ROLE"
"""The environment variable that tells the settings what the process is for (see `Overlay`)."""


def project_command(site: Site, module: str, *words: str, role: str = "command") -> Command:
    """`python -m module words...` in the project's interpreter, environment and folder.

    `role` is one of `ROLES`: it names the process's database connections and settles their limits
    (`migrate` goes past the pooler and has no statement timeout).
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is none of the roles: {', '.join(ROLES)}")
    return Command(
        words=(site.shape.python, "-m", module, *words),
        environment={**site.environment, ROLE: role},
        folder=site.shape.folder,
    )

"""The shape of a project: what the stack must know of it to run it. Made by `tenfold.stack.shaping`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.stack.inspected import Inspected

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class DatabaseShape:
    """One alias of the project's DATABASES."""

    alias: str
    engine: str
    """As the project resolves it: "django.db.backends.sqlite3"."""
    name: str
    replica: bool = False
    """It is read from only: its name or its MIRROR says so."""

    @property
    def vendor(self) -> str:
        """ "sqlite", "postgresql", "mysql", "oracle", or "" for an engine of another make."""
        last = self.engine.lower()
        known = (
            ("sqlite", "sqlite"),
            ("spatialite", "sqlite"),
            ("postg", "postgresql"),
            ("psycopg", "postgresql"),
            ("psqlextra", "postgresql"),
            ("cockroach", "postgresql"),
            ("mysql", "mysql"),
            ("oracle", "oracle"),
        )
        return next((vendor for word, vendor in known if word in last), "")


@dataclass(frozen=True)
class Shape:
    """What the project is, for running it. Paths are absolute."""

    name: str
    root: str
    folder: str
    """The folder its commands run in: that of manage.py."""
    paths: tuple[str, ...]
    """Folders that must be on PYTHONPATH for its modules to be found."""
    python: str
    python_version: tuple[int, int]
    django: tuple[int, int]
    settings_module: str
    wsgi: str = ""
    """ "hc.wsgi:application", "" when it has none."""
    asgi: str = ""
    interface: str = "wsgi"
    """What it must be served through: "asgi" when it has consumers, async streams or no WSGI."""
    celery: str = ""
    """ "config.celery:app", "" without Celery."""
    scheduled: bool = False
    """It has periodic tasks: a scheduler is due."""
    beat_scheduler: str = ""
    """The scheduler's class when it is not Celery's own ("django_celery_beat.schedulers:DatabaseScheduler")."""
    queues: tuple[str, ...] = ()
    """Celery queues that its own start commands name."""
    databases: tuple[DatabaseShape, ...] = ()
    static_url: str = "/static/"
    static_root: str = ""
    static_built: bool = False
    """Its static root stands in the repository already built: collectstatic would spoil it."""
    static_source: str = ""
    """Its static root when the repository keeps files there: collected like any other source."""
    media_url: str = ""
    media_root: str = ""
    object_storage: bool = False
    """Its files are in S3."""
    caches: tuple[str, ...] = ("default",)
    installed: Mapping[str, str] = field(default_factory=dict)
    """Distributions of its environment, normalised name -> version."""
    declares: frozenset[str] = frozenset()
    """Servers that its files configure, start or depend on: "gunicorn", "uvicorn", "daphne", "granian"."""
    commands: tuple[tuple[str, ...], ...] = ()
    """Management commands that its deployment runs between migrate and start: ("compress", "--force")."""
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Environment variables that it reads -> places ("hc/settings.py:30")."""
    waits: bool = False
    """Its views wait for others."""
    inspected: Inspected = field(default_factory=Inspected)
    """What its own interpreter says of it: settings as they are resolved."""
    fingerprint: str = ""
    """Changes when migrations, installed packages or the interpreter change."""
    static_fingerprint: str = ""
    """Changes when static files or installed packages change."""

"""What every export is made from: the project's facts, the topology's numbers, where it will run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.config import UpConfig
    from tenfold.topology.model import Topology

CONFIGURED, SECRET, OPTIONAL = "configured", "secret", "optional"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that the project's settings read."""

    name: str
    role: str
    """What it decides: "database-url", "database-host", "cache-url", "broker-url", "secret-key", "hosts",
    "origins", "debug", "database-password", ...; "" when only the project knows."""
    where: str
    """The first place that reads it: "shop/settings.py:12"."""
    secret: bool = False
    """Its value belongs into no file that is committed."""


@dataclass(frozen=True, slots=True)
class Packaging:
    """How the project's packages are installed."""

    manager: str
    """ "uv", "poetry", "pdm", "pipenv" or "pip"."""
    files: tuple[str, ...]
    """Files that the installation reads, relative to the project."""
    install: str
    """The file that pip installs from, "." for a project with metadata of its own; "" for other managers, and
    where nothing says what the project needs."""
    missing: tuple[str, ...] = ()
    """Distributions that the stack needs and the project does not declare: "gunicorn", "psycopg[binary]"."""
    libraries: tuple[str, ...] = ()
    """Debian packages that the project's distributions need at run time: "libpq5"."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Project paths, relative to its root."""

    folder: str = ""
    """Where manage.py stands, "" for the root."""
    manage: str = "manage.py"
    static_root: str = ""
    media_root: str = ""
    own_dockerfile: str = ""
    static_built: bool = False
    """The static root stands in the repository already built: collectstatic would spoil it."""

    @property
    def commands(self) -> str:
        """manage.py as seen from the folder that commands run in."""
        return self.manage.removeprefix(f"{self.folder}/") if self.folder else self.manage


@dataclass(frozen=True)
class ExportInput:
    """One project's stack, for the renderers. Nothing secret is in it."""

    name: str
    """A name that every engine takes: letters, digits, hyphens."""
    python: str
    """ "3.13"."""
    settings_module: str
    wsgi: str
    asgi: str
    celery: str
    """ "shop.celery:app", "" without tasks."""
    scheduled: bool
    beat_scheduler: str
    queues: tuple[str, ...]
    hosts: tuple[str, ...]
    """Domains, the first is the canonical one."""
    health: str
    """Path that readiness asks for."""
    static_url: str
    media_url: str
    paths: Paths
    packaging: Packaging
    variables: tuple[Variable, ...]
    topology: Topology
    config: UpConfig
    prepare: tuple[str, ...] = ()
    """Management commands that the project's own build runs after collectstatic: "compress --force"."""
    folder: str = "deploy"
    """The export's own folder, relative to the project's root."""
    notes: tuple[str, ...] = ()
    """What a person must know or do: printed, and written into the README of the export."""

    @property
    def context(self) -> str:
        """The project's root as seen from the export's folder."""
        return "/".join(".." for _ in self.folder.split("/"))

    @property
    def server(self) -> str:
        """ "gunicorn", "granian" or "uvicorn"."""
        return self.topology.work.server

    @property
    def application(self) -> str:
        """What the server imports: "shop.wsgi:application"."""
        return self.asgi if self.topology.work.interface == "asgi" else self.wsgi

    @property
    def pooled(self) -> bool:
        """Whether PgBouncer stands before PostgreSQL."""
        return self.topology.database.connections.value == "pgbouncer"

    @property
    def replicas(self) -> int:
        """Streaming replicas of PostgreSQL."""
        return self.topology.work.replicas

    @property
    def instances(self) -> tuple[int, ...]:
        """Numbers of the application's instances, from 1."""
        return tuple(range(1, self.topology.app.instances.whole + 1))

    @property
    def module(self) -> str:
        """The name where hyphens are no part of a name."""
        return self.name.replace("-", "_")

    def mebibytes(self, service: str) -> int:
        """The service's share of the memory, MiB (0 when the topology gives it none)."""
        return sum(share.mebibytes for share in self.topology.memory if share.service == service)

    def limit(self, service: str) -> int:
        """MiB at which an engine kills the service: its share. A scheduler holds the whole project, as a worker does
        (a large one took 234 at rest), and what is killed for its share would be killed for ever."""
        share = self.mebibytes(service)
        return max(share, self.topology.app.memory.whole) if service == "scheduler" and share else share


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of an export; `path` is relative to the export's folder."""

    path: str
    text: str
    mode: int = 0o644

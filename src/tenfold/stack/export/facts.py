"""An ExportInput out of static facts alone: the project is never run for an export."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.model import Known
from tenfold.project.repository import PRODUCTION, UNSURE
from tenfold.stack.celery_shape import find_celery
from tenfold.stack.export.input import ExportInput, Packaging, Paths
from tenfold.stack.export.notes import tell_other_engines
from tenfold.stack.export.packages import system_libraries
from tenfold.stack.export.variables import list_variables
from tenfold.stack.services.app.serving import GRANIAN_PYTHON
from tenfold.topology.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.config import UpConfig
    from tenfold.project.model import Project
    from tenfold.stack.celery_shape import CeleryShape
    from tenfold.topology.model import Topology

DEFAULT_PYTHON = "3.13"
UNNAMED_HOST = "example.com"
_HEALTH = re.compile(r"(?:^|/)_*(?:health|ready|readiness|alive|live|liveness|heartbeat)[\w-]*/?$")
_STATUS = re.compile(r"(?:^|/)_*(?:status|ping)[\w-]*/?$")
_DRIVERS = ("psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "psycopg-c")
_LOCKED_BY = (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pipenv", "Pipfile.lock"))
_DEVELOPMENT = re.compile(
    r"(^|[/_.-])(dev|develop|development|test|tests|testing|docs?|lint|ci|local)([/_.-]|$)"
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the command line says of where it will run."""

    hosts: tuple[str, ...] = ()
    name: str = ""
    folder: str = "deploy"
    """The export's folder, relative to the project's root."""


def find_work(project: Project, config: UpConfig) -> Work:
    """What the project brings, as far as its sizes depend on it."""
    interface = _interface(project, config)
    return Work(
        interface=interface,
        server=_server(project, config, interface=interface),
        tasks=bool(find_celery(project).application) and "worker" not in config.without,
        pool="psycopg" in project.dependencies,
        pooler=config.pooler in ("auto", "pgbouncer") and config.database != "keep",
        replicas=0 if "replica" in config.without else config.replicas,
    )


def make_input(
    project: Project, config: UpConfig, *, topology: Topology, deployment: Deployment
) -> ExportInput:
    """Everything that the renderers need. Raises TenfoldError where settings or entry point are unknown."""
    module = project.settings.module
    if not isinstance(module, Known):
        raise TenfoldError(
            f"The settings of {project.name} cannot be told, so nothing can be exported.",
            why=module.why,
            next_step='Name the module: --settings MODULE, or settings = "..." under [tool.tenfold].',
        )
    celery = find_celery(project)
    hosts = deployment.hosts or _known_hosts(project)
    health = _health_path(project)
    python = project.dependencies.python
    made = ExportInput(
        name=_plain_name(deployment.name or project.name),
        python=_minor(python.value) if isinstance(python, Known) else DEFAULT_PYTHON,
        settings_module=module.value,
        wsgi=_entry_point(project, "wsgi"),
        asgi=_entry_point(project, "asgi"),
        celery=celery.application if topology.work.tasks else "",
        scheduled=topology.work.tasks and celery.scheduled and "scheduler" not in config.without,
        beat_scheduler=celery.beat_scheduler,
        queues=celery.queues,
        hosts=hosts or (UNNAMED_HOST,),
        health=health or "/",
        static_url=_url(project, "STATIC_URL") or "/static/",
        media_url=_url(project, "MEDIA_URL"),
        paths=_paths(project),
        packaging=_packaging(project, topology, celery=celery),
        variables=list_variables(project.settings),
        topology=topology,
        config=config,
        prepare=_prepare(project),
        folder=deployment.folder,
    )
    if not made.application:
        raise TenfoldError(
            f"{project.name} has no entry point for its server.",
            why=f"No {topology.work.interface}.py was found beside its settings.",
            next_step="Write one, as `django-admin startproject` does, and export again.",
        )
    notes = [*_notes(made, python_known=isinstance(python, Known), health=health), *_front_end(project, made)]
    notes += [*tell_other_engines(project), *_left_out(config)]
    return replace(made, notes=tuple(notes))


def _plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30].strip("-") or "app"


def _minor(version: str) -> str:
    found = re.match(r"(\d+\.\d+)", version)
    return found[1] if found else DEFAULT_PYTHON


def _interface(project: Project, config: UpConfig) -> str:
    served = [app.concurrency for app in project.servers.serving()]
    apps = {entry.value for entry in project.settings.entries("INSTALLED_APPS")}
    consumers = "channels" in project.dependencies or "channels" in apps
    needs_asgi = "ASGI_APPLICATION" in project.settings and consumers
    if config.server == "uvicorn" or needs_asgi or "asgi" in served or not _entry_point(project, "wsgi"):
        return "asgi" if _entry_point(project, "asgi") else "wsgi"
    return "wsgi"


def _server(project: Project, config: UpConfig, *, interface: str) -> str:
    if config.server != "auto":
        return config.server
    if interface == "asgi":
        return "uvicorn"
    declares = "gunicorn" in project.dependencies or project.servers.serving("gunicorn")
    return "gunicorn" if declares or _python(project) < GRANIAN_PYTHON else "granian"


def _python(project: Project) -> tuple[int, ...]:
    python = project.dependencies.python
    text = _minor(python.value) if isinstance(python, Known) else DEFAULT_PYTHON
    return tuple(int(number) for number in text.split("."))


def _entry_point(project: Project, kind: str) -> str:
    """ "shop.wsgi:application": what the settings name, else the file beside the settings or the shortest."""
    for possible in project.settings.possible(f"{kind.upper()}_APPLICATION"):
        if isinstance(possible.value, str):
            module, _, name = possible.value.rpartition(".")
            return f"{module}:{name}"
    found = [m for m in project.source if m.path.endswith(f"{kind}.py") and "application" in m.bound]
    found.sort(key=lambda m: (not project.settings.path.startswith(m.package.replace(".", "/")), len(m.path)))
    return f"{found[0].name}:application" if found else ""


def _known_hosts(project: Project) -> tuple[str, ...]:
    hosts = [
        p.value
        for p in project.settings.entries("ALLOWED_HOSTS")
        if isinstance(p.value, str) and not p.variable
    ]
    return tuple(
        dict.fromkeys(h.lstrip(".") for h in hosts if "." in h.strip(".") and not re.fullmatch(r"[\d.]+", h))
    )


_HEALTH_MIDDLEWARE = "django_tenfold.observability.health_middleware.HealthMiddleware"
_READY = "/readyz"
"""Where that middleware says whether requests should come here."""


def _health_path(project: Project) -> str:
    """Where probes are answered, "" without a page made for them."""
    if any(entry.value == _HEALTH_MIDDLEWARE for entry in project.settings.entries("MIDDLEWARE")):
        return _READY
    plain = [
        route.pattern.replace("^", "").replace("$", "").replace("\\Z", "")
        for route in project.urls.routes
        if "<" not in route.pattern and "(" not in route.pattern and "\\" not in route.pattern
    ]
    for wanted in (_HEALTH, _STATUS):
        found = sorted((pattern for pattern in plain if wanted.search(pattern)), key=len)
        if found:
            return "/" + found[0].lstrip("/")
    return ""


def _url(project: Project, name: str) -> str:
    for possible in project.settings.possible(name):
        if isinstance(possible.value, str) and possible.value:
            url = possible.value if "://" not in possible.value else ""
            return f"/{url.strip('/')}/" if url.strip("/") else ""
    return ""


def _root(project: Project, name: str) -> str:
    """A folder below the project's root; "" when it is elsewhere or not told."""
    for possible in project.settings.possible(name):
        if isinstance(possible.value, str | PurePosixPath):
            path = str(possible.value).strip()
            if path and path != "." and not path.startswith(("/", "..")):
                return path.rstrip("/")
    return ""


def _paths(project: Project) -> Paths:
    manage = project.repository.manage[0] if project.repository.manage else "manage.py"
    static_root = _root(project, "STATIC_ROOT")
    own = next((d.path for d in project.repository.dockerfiles if d.purpose == PRODUCTION), "")
    built = any(file.tracked and file.path.startswith(f"{static_root}/") for file in project.files.all)
    media = "" if _stores_in_cloud(project) else _root(project, "MEDIA_ROOT")
    folder = manage.rpartition("/")[0]
    return Paths(folder, manage, static_root, media, own, static_built=bool(static_root) and built)


def _stores_in_cloud(project: Project) -> bool:
    places = project.settings.possible("STORAGES", "default", "BACKEND")
    places += project.settings.possible("DEFAULT_FILE_STORAGE")
    return bool(places) and all("storages.backends" in str(p.value) for p in places)


def _packaging(project: Project, topology: Topology, *, celery: CeleryShape) -> Packaging:
    facts = project.dependencies
    locks = {path.rpartition("/")[2] for path in facts.lock_files}
    manager = next((name for name, lock in _LOCKED_BY if lock in locks and lock in facts.lock_files), "pip")
    install = _requirements(facts.files) if manager == "pip" else ""
    names = {"uv": ("pyproject.toml", "uv.lock"), "poetry": ("pyproject.toml", "poetry.lock")}
    names |= {"pdm": ("pyproject.toml", "pdm.lock"), "pipenv": ("Pipfile", "Pipfile.lock")}
    files = names.get(manager) or tuple(
        f for f in facts.files if f.endswith(".txt") and not _DEVELOPMENT.search(f)
    )
    wheels = {path.partition("/")[0] for path in project.files.by_path if _WHEELS.match(path)}
    return Packaging(
        manager,
        (*files, *sorted(wheels)),
        install,
        missing=tuple(_missing(project, topology, celery=celery)),
        libraries=system_libraries([*(one.name for one in facts.declared), *facts.locked]),
    )


_WHEELS = re.compile(r"(?:wheels|wheelhouse)/[^/]+$")
"""A folder of packages that no registry has, which requirements name by --find-links."""
_METADATA = {"pyproject.toml", "setup.py", "setup.cfg"}


def _requirements(files: tuple[str, ...]) -> str:
    """The file of production's packages: one named after it, else requirements.txt, else the project's own
    metadata; "" when nothing says what it needs."""
    found = [f for f in files if f.endswith(".txt") and not _DEVELOPMENT.search(f)]
    found.sort(key=lambda f: ("prod" not in f, f != "requirements.txt", "base" in f, f.count("/"), len(f)))
    if found:
        return found[0]
    return "." if _METADATA & {name.rpartition("/")[2] for name in files} else ""


def _missing(project: Project, topology: Topology, *, celery: CeleryShape) -> Iterator[str]:
    facts = project.dependencies
    if not facts.files:
        yield "django"
        yield from ("celery",) if celery.application else ()
    if topology.work.server not in facts:
        yield topology.work.server
    if not any(driver in facts for driver in _DRIVERS):
        yield "psycopg[binary,pool]" if topology.work.pool else "psycopg[binary]"
    if celery.application and not any(name in facts for name in ("redis", "django-redis")):
        yield "redis"


def _prepare(project: Project) -> tuple[str, ...]:
    """What the project's own build or start runs on its static files and translations."""
    found = []
    for role in ("compilemessages", "compress"):
        for command in project.repository.running(role, PRODUCTION, UNSURE):
            if command.management:
                words = command.words[command.words.index(command.management) :]
                found.append(" ".join(word for word in words if "$" not in word))
                break
    return tuple(found)


def _left_out(config: UpConfig) -> Iterator[str]:
    """What `tenfold up` runs by configuration and an export does not hold."""
    if config.broker != "valkey":
        yield f'broker = "{config.broker}" is not exported: Valkey stands in; name your own in its variable.'
    if config.cache != "valkey":
        yield f'cache = "{config.cache}" is not exported: Valkey stands in; leave it out where it is not used.'
    if config.database == "keep":
        yield 'database = "keep": PostgreSQL is exported all the same; leave it out and keep your own variables.'
    beyond = [name for name in config.services if name != "metrics"]
    if beyond:
        yield f"Not exported: {', '.join(beyond)}."


def _front_end(project: Project, one: ExportInput) -> Iterator[str]:
    if "package.json" in project.files and not one.paths.static_built:
        yield "package.json: a front end that is built is not built by the image; build it first, or add a stage."


def _notes(one: ExportInput, *, python_known: bool, health: str) -> Iterator[str]:
    if one.hosts == (UNNAMED_HOST,):
        yield f"No domain is known: {UNNAMED_HOST} stands for it; name yours with --host."
    if not python_known:
        yield f"The project does not say its Python: {one.python} is taken."
    if not health:
        yield "No health page was found: probes ask for /, which is dearer than a page of its own (/healthz)."
    roles = {variable.role for variable in one.variables}
    if not roles & {"database-url", "database-host"}:
        yield "The settings read no variable for the database: settings_hints.py of the plain export shows how."
    if one.pooled and "pooler-mode" not in roles:
        yield "PgBouncer pools transactions: set DISABLE_SERVER_SIDE_CURSORS = True in DATABASES['default']."
    if not one.paths.static_root:
        yield "STATIC_ROOT is not set below the project: the edge serves no static files until it is."
    if one.paths.static_built:
        yield f"{one.paths.static_root} is committed already built: collectstatic is left out."
    if one.packaging.missing:
        if not one.packaging.files:
            yield "No file says which packages the project needs: write a requirements.txt, and export again."
        yield f"Not among the project's packages, installed beside them: {', '.join(one.packaging.missing)}."

"""The shape of a project, from the facts that its files tell and from what its interpreter says."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.repository import PRODUCTION, UNSURE
from tenfold.stack.celery_shape import find_celery
from tenfold.stack.layout import find_folder, find_paths, settings_module
from tenfold.stack.overlay.surroundings import is_remote
from tenfold.stack.shape import DatabaseShape, Shape
from tenfold.stack.variable_rules import is_replica

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.config import UpConfig
    from tenfold.project.model import Project
    from tenfold.stack.inspected import Inspected

OLDEST_DJANGO = (3, 2)
"""Older ones know neither PostgreSQL 14 and later nor the forms of settings that the overlay writes."""
SERVERS = ("gunicorn", "uvicorn", "daphne", "granian", "hypercorn", "uwsgi")
_PREPARING = frozenset({"compress", "createcachetable"})
"""Commands of a deployment that the stack runs as well: without them pages fail or miss a table.
compilemessages is none of them: it writes into the project."""
_WAITING = ("requests.", "httpx.", "urllib.request.", "urllib3.", "aiohttp.", "boto3.", "smtplib.")
_ASYNC_PACKAGES = ("channels", "daphne")


def shape_project(project: Project, inspected: Inspected, config: UpConfig) -> Shape:
    """What the stack must know of the project. Raises TenfoldError for one that it cannot run."""
    refuse_old(project.name, inspected)
    celery = find_celery(project, inspected)
    wsgi, asgi = _application(project, inspected, "wsgi"), _application(project, inspected, "asgi")
    static_root = inspected.text("STATIC_ROOT")
    own_static = _own_static_files(project, static_root)
    storages = tuple(_storages(inspected))
    return Shape(
        name=project.name,
        root=str(project.root),
        folder=find_folder(project),
        paths=find_paths(project),
        python=inspected.executable,
        python_version=inspected.python,
        django=inspected.django_version,
        settings_module=settings_module(project),
        wsgi=wsgi,
        asgi=asgi,
        interface=_interface(inspected, wsgi=wsgi, asgi=asgi),
        celery=celery.application,
        scheduled=celery.scheduled,
        beat_scheduler=celery.beat_scheduler,
        queues=celery.queues,
        databases=tuple(_databases(inspected)),
        static_url=_local_url(inspected, "STATIC_URL") or "/static/",
        static_root=static_root,
        static_built=f"{own_static}staticfiles.json" in project.files,
        static_source=static_root if own_static else "",
        # Files that were on another host come into the media folder, or into the stack's S3.
        media_url=_local_url(inspected, "MEDIA_URL") or ("/media/" if any(map(is_remote, storages)) else ""),
        media_root=inspected.text("MEDIA_ROOT"),
        object_storage=any("s3" in backend.lower() for backend in storages),
        caches=tuple(inspected.entries("CACHES")) or ("default",),
        installed=inspected.installed,
        declares=frozenset(_declared_servers(project)),
        commands=tuple(_preparing_commands(project, inspected, config)),
        variables={variable.name: variable.places for variable in inspected.variables},
        waits=_waits(project),
        inspected=inspected,
        # A migration counts by its name: that is what Django remembers of it.
        fingerprint=_fingerprint(inspected, *sorted(f"{m.app}.{m.name}" for m in project.migrations.all)),
        static_fingerprint=_fingerprint(inspected, inspected.static_stamp),
    )


def refuse_old(name: str, inspected: Inspected) -> None:
    """Raises TenfoldError for a Django that no stack can be made for."""
    if inspected.django and inspected.django_version < OLDEST_DJANGO:
        raise TenfoldError(
            f"{name} runs on Django {inspected.django}; Tenfold serves Django 3.2 and later.",
            why="Django of that age gets no security fixes and cannot speak to today's servers.",
            next_step="`tenfold audit` lists what stands in the way of an upgrade; `tenfold fix` begins it.",
        )


def _application(project: Project, inspected: Inspected, kind: str) -> str:
    """ "hc.wsgi:application" of WSGI_APPLICATION, of what the servers are started with, or of a file."""
    named = inspected.text(f"{kind.upper()}_APPLICATION")
    if "." in named:
        return ":".join(named.rsplit(".", 1))
    suffix = f".{kind}"
    package = settings_module(project).partition(".")[0]
    modules = [name for name in project.source.by_name if name == kind or name.endswith(suffix)]
    modules.sort(key=lambda name: (name.partition(".")[0] != package, name.count("."), name))
    return f"{modules[0]}:application" if modules else ""


def _interface(inspected: Inspected, *, wsgi: str, asgi: str) -> str:
    """ASGI where the project has consumers, or nothing else."""
    consumers = any(name in inspected.items("INSTALLED_APPS") for name in _ASYNC_PACKAGES)
    return "asgi" if asgi and (consumers or not wsgi) else "wsgi"


def _databases(inspected: Inspected) -> Iterator[DatabaseShape]:
    for alias, entry in inspected.entries("DATABASES").items():
        engine = str(entry.get("ENGINE") or "")
        test = entry.get("TEST")
        mirrored = isinstance(test, dict) and bool(test.get("MIRROR"))
        if engine and engine != "django.db.backends.dummy":
            replica = alias != "default" and (is_replica(alias) or mirrored)
            yield DatabaseShape(alias, engine, str(entry.get("NAME") or ""), replica=replica)


def _storages(inspected: Inspected) -> Iterator[str]:
    """Backends of files: STORAGES, or the settings that stood for it before Django 4.2."""
    for name, entry in inspected.entries("STORAGES").items():
        if name != "staticfiles":
            yield str(entry.get("BACKEND") or "")
    yield inspected.text("DEFAULT_FILE_STORAGE")


def _local_url(inspected: Inspected, name: str) -> str:
    """A path of this site; "" for nothing, for the site's own root, and for another host's address."""
    url = inspected.text(name) if name in inspected.names else ""
    return url if url.startswith("/") and not url.startswith("//") and url != "/" else ""


def _own_static_files(project: Project, static_root: str) -> str:
    """The static root's path in the project, ending with "/", when the repository itself holds files there."""
    root = f"{project.root}/"
    if not static_root.startswith(root) or static_root.startswith(f"{root}.tenfold/"):
        return ""
    inner = static_root.removeprefix(root).rstrip("/") + "/"
    kept = any(
        # Without git nothing is tracked: then what .gitignore leaves alone counts.
        file.path.startswith(inner) and (file.tracked or not project.repository.ignores(file.path))
        for file in project.files.all
    )
    return inner if kept else ""


def _declared_servers(project: Project) -> Iterator[str]:
    yield from (app.kind for app in project.servers.serving())
    yield from (name for name in SERVERS if project.dependencies.declared_as(name))


def _preparing_commands(
    project: Project, inspected: Inspected, config: UpConfig
) -> Iterator[tuple[str, ...]]:
    """In the order that the deployment has; each once. Those whose app is not installed are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for command in project.repository.commands:
        name = command.management
        due = command.purpose in (PRODUCTION, UNSURE) and not command.never
        if name in _PREPARING and due and name not in found:
            words = command.words[command.words.index(name) :]
            found[name] = tuple(word for word in words if "$" not in word)
    if "compressor" in inspected.items("INSTALLED_APPS") and "COMPRESS_OFFLINE" in inspected.names:
        found.setdefault("compress", ("compress",))
    # On the stack a cache in the database becomes one in memory.
    backends = [str(entry.get("BACKEND")) for entry in inspected.entries("CACHES").values()]
    if config.cache != "keep" or not any("DatabaseCache" in backend for backend in backends):
        found.pop("createcachetable", None)
    yield from found.values()


def _waits(project: Project) -> bool:
    """Whether code that requests reach calls other hosts."""
    for module in project.source:
        for call in module.calls:
            if call.callee.startswith(_WAITING):
                reached = project.contexts.of(module.path, module.qualname(call.scope))
                if "request" in reached:
                    return True
    return False


def _fingerprint(inspected: Inspected, *parts: str) -> str:
    """Changes with the interpreter, its packages and `parts`."""
    packages = (f"{name}=={version}" for name, version in sorted(inspected.installed.items()))
    text = "\n".join((str(inspected.python), *packages, *parts))
    return sha256(text.encode()).hexdigest()[:16]

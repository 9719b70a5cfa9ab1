"""The image: one Dockerfile for application, worker and scheduler, and a target for the edge."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from tenfold.stack.export.environment import ENGINE
from tenfold.stack.export.input import Exported
from tenfold.stack.export.packages import requirement_lines
from tenfold.stack.export.processes import Place, app_words, gunicorn_text
from tenfold.stack.export.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput

APP_FOLDER = "/app"
VENV = "/opt/venv"
USER_ID = 10001
"""Above the ids that distributions give out; the edge runs with it too, to share the socket."""
BASE = "python:{python}-slim-bookworm"
"""https://hub.docker.com/_/python: Debian, so that wheels (manylinux) install as they are."""
BUILD_BASE = "python:{python}-bookworm"
"""The same with compilers and headers, for packages without a wheel; nothing of it is shipped."""
EDGE_BASE = "nginxinc/nginx-unprivileged:1.28-alpine"
"""https://hub.docker.com/r/nginxinc/nginx-unprivileged: nginx that needs no root."""
SOCKET = "/run/app/app-1.sock"
CONFIGURATION = "/etc/app/gunicorn.conf.py"
UV, POETRY, PDM, PIPENV = "0.9.5", "2.2.1", "2.26.1", "2025.0.4"
_BUILD_VALUES = {
    "secret-key": "only-for-the-build-of-this-image-and-as-long-as-settings-may-ask-for",
    "database-url": "postgres://build:build@localhost/build",
    "database-engine": ENGINE,
    "cache-url": "redis://localhost:6379/0",
    "broker-url": "redis://localhost:6379/0",
    "mail-url": "smtp://localhost:25",
    "storage-url": "memory:",
    "results-url": "redis://localhost:6379/0",
    "hosts": "localhost",
    "origins": "https://localhost",
    "debug": "False",
}
"""collectstatic imports the settings: what they require gets a value that leads nowhere."""


def render_image(one: ExportInput) -> Iterator[Exported]:
    """Dockerfile, its ignore file and the packages that the project lacks. The build's context is the
    project: the project's own Dockerfile and .dockerignore stay as they are."""
    values = {
        "one": one,
        "folder": one.folder,
        "base": BASE.format(python=one.python),
        "build_base": BUILD_BASE.format(python=one.python),
        "health": one.health,
        "command": json.dumps(app_words(one, Place("python", socket=SOCKET, configuration=CONFIGURATION))),
        "socket": SOCKET,
        "edge_base": EDGE_BASE,
        "app": APP_FOLDER,
        "venv": VENV,
        "user": USER_ID,
        "install": tuple(_install(one)),
        "build_values": tuple(_build_values(one)),
        "prepare": _prepare(one),
        "extra": requirement_lines(one),
    }
    yield Exported("Dockerfile", render_template("compose", "Dockerfile", **values))
    yield Exported("Dockerfile.dockerignore", render_template("compose", "Dockerfile.dockerignore", **values))
    yield Exported("healthcheck.py", render_template("compose", "healthcheck.py", **values))
    if text := gunicorn_text(one, Place("python", socket=SOCKET, configuration=CONFIGURATION)):
        yield Exported("gunicorn.conf.py", text)
    if one.packaging.missing:
        yield Exported("requirements-stack.txt", "\n".join(requirement_lines(one)) + "\n")


def static_folder(one: ExportInput) -> str:
    """Where the static files are in the image; "" when the project collects none."""
    if not one.paths.static_root:
        return ""
    return f"{APP_FOLDER}/{one.paths.static_root}"


def media_folder(one: ExportInput) -> str:
    """Where uploads are in the image; "" when they are elsewhere."""
    return f"{APP_FOLDER}/{one.paths.media_root}" if one.paths.media_root else ""


def work_folder(one: ExportInput) -> str:
    """Where commands run: the folder of manage.py."""
    return f"{APP_FOLDER}/{one.paths.folder}" if one.paths.folder else APP_FOLDER


def _install(one: ExportInput) -> Iterator[str]:
    """Words after RUN that install the locked packages into the virtual environment."""
    manager = one.packaging.manager
    if manager == "uv":
        yield f"pip install --no-cache-dir uv=={UV}"
        yield f"UV_PROJECT_ENVIRONMENT={VENV} uv sync --frozen --no-dev --no-install-project --no-cache"
    elif manager == "poetry":
        yield f"pip install --no-cache-dir poetry=={POETRY}"
        yield f"VIRTUAL_ENV={VENV} POETRY_VIRTUALENVS_CREATE=false poetry install --only main --no-root --no-cache"
    elif manager == "pdm":
        yield f"pip install --no-cache-dir pdm=={PDM}"
        yield f"VIRTUAL_ENV={VENV} pdm sync --prod --no-self --no-editable"
    elif manager == "pipenv":
        yield f"pip install --no-cache-dir pipenv=={PIPENV}"
        yield f"VIRTUAL_ENV={VENV} PIPENV_VERBOSITY=-1 pipenv sync"
    elif one.packaging.install == ".":
        yield f"{VENV}/bin/pip install --no-cache-dir ."
    elif one.packaging.install:
        yield f"{VENV}/bin/pip install --no-cache-dir -r {one.packaging.install}"


def _build_values(one: ExportInput) -> Iterator[tuple[str, str]]:
    for variable in one.variables:
        if variable.role.startswith("="):
            yield variable.name, variable.role[1:]
        elif variable.role in _BUILD_VALUES:
            yield variable.name, _BUILD_VALUES[variable.role]
        elif variable.name in one.config.environment:
            yield variable.name, quote(one.config.environment[variable.name])


def _prepare(one: ExportInput) -> tuple[str, ...]:
    """Management commands of the build, in order."""
    collects = bool(one.paths.static_root) and not one.paths.static_built
    before = tuple(c for c in one.prepare if c.startswith("compilemessages"))
    after = tuple(c for c in one.prepare if c not in before)
    return (*before, *(("collectstatic --noinput",) if collects else ()), *after)

"""systemd units on hosts of one's own: hardened, with the ladder's time to stop, kept together by a target."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.stack.export import host
from tenfold.stack.export.environment import settle_environment
from tenfold.stack.export.input import Exported
from tenfold.stack.export.notes import direct_text, example_text, readme_text
from tenfold.stack.export.packages import requirement_lines
from tenfold.stack.export.processes import (
    Place,
    app_words,
    manage_words,
    scheduler_command,
    stop_seconds,
    worker_command,
)
from tenfold.stack.export.templates import render_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput

NEXT = "copy {folder} to the host and run install.sh there as root; it says what remains"
STOPPING = ("edge", "app", "worker", "scheduler")
OPEN_FILES = 65536
"""Of the project's processes: a connection a thread and the files it reads are far fewer."""
MORE = """The code is expected in `/srv/{name}/current`, its virtual environment in `/srv/{name}/venv`, secrets in
`/etc/{name}/env`. PostgreSQL, nginx, PgBouncer and Valkey come from the distribution's packages."""


def render(one: ExportInput) -> tuple[Exported, ...]:
    """Every file of deploy/systemd."""
    values = unit_values(one)
    environment = settle_environment(one, host.reach(one))
    direct = settle_environment(one, host.reach(one, direct=True))
    found = [
        *(Exported(f"units/{name}", text) for name, text in unit_texts(one, values)),
        Exported(f"postgresql@.service.d/{one.name}.conf", _text("postgresql.conf", values)),
        Exported("tmpfiles.conf", _text("tmpfiles.conf", values)),
        Exported("sysusers.conf", _text("sysusers.conf", values)),
        Exported("install.sh", _text("install.sh", values), 0o755),
        Exported("env.example", example_text(one, environment, full=True)),
        Exported("env.direct.example", direct_text(environment, direct)),
        *(replace(file, path=f"etc/{file.path}") for file in host.configurations(one)),
        Exported("README.md", readme_text(one, "systemd", "./install.sh", more=MORE.format(name=one.name))),
    ]
    if one.packaging.missing:
        found.append(Exported("requirements-stack.txt", "\n".join(requirement_lines(one)) + "\n"))
    return tuple(found)


def unit_values(one: ExportInput) -> dict[str, object]:
    """What the unit templates are rendered from."""
    shares = {name: one.limit(name) for name in ("edge", "worker", "scheduler", "postgres", "pooler")}
    place = Place(
        host.python(one),
        socket=f"/run/{one.name}/app-%i.sock",
        configuration=f"/etc/{one.name}/gunicorn.conf.py",
    )
    app, tasks = one.topology.app, one.topology.tasks
    return {
        "one": one,
        "top": one.topology,
        "work": host.work_folder(one),
        "media": host.media_folder(one),
        "needs": " ".join(f"{one.name}-{name}.service" for name in _backing(one)),
        "command": unit_words(app_words(one, place), keep="%i"),
        "worker": unit_words(worker_command(one, host.python(one), node=f"worker@{one.name}"))
        if one.celery
        else "",
        "scheduler": unit_words(
            scheduler_command(one, host.python(one), folder=f"/var/lib/{one.name}-scheduler")
        ),
        "migrate": unit_words(manage_words(one, host.python(one), "migrate", "--noinput")),
        "shares": shares | {"app": one.mebibytes("app-1")},
        # The page cache of files it reads counts as its memory too.
        "edge_memory": max(256, shares["edge"] * 2),
        "stops": {name: stop_seconds(one, name) for name in STOPPING},
        "tasks": {
            "app": app.workers.whole * (app.threads.whole + 8) + 32,
            "worker": tasks.concurrency.whole * 8 + 32,
        },
        "open_files": OPEN_FILES,
        "pooler_files": one.topology.database.pooler_clients.whole
        + one.topology.database.max_connections.whole
        + 64,
        "units": _units(one),
        # Whom PgBouncer and Valkey answer.
        "allowed": "localhost",
    }


def _backing(one: ExportInput) -> tuple[str, ...]:
    names = (("pooler",) if one.pooled else ()) + ("cache",)
    return (*names, "broker") if one.celery else names


def _units(one: ExportInput) -> tuple[str, ...]:
    names = ["edge.service", *(f"app@{n}.service" for n in one.instances)]
    names += ["worker.service"] * bool(one.celery) + ["scheduler.service"] * one.scheduled
    return tuple(f"{one.name}-{name}" for name in (*names, *(f"{name}.service" for name in _backing(one))))


def unit_texts(one: ExportInput, values: dict[str, object]) -> Iterator[tuple[str, str]]:
    """(name, text) of every unit."""
    names = ["app@", "edge", "migrate"] + ["pooler"] * one.pooled
    names += ["worker"] * bool(one.celery) + ["scheduler"] * one.scheduled
    for name in names:
        yield f"{one.name}-{name}.service", _text(f"{name}.service", values)
    stores = [("cache", "What is lost with it is made anew.")]
    if one.celery:
        stores.append(("broker", "Tasks that wait are on disk; it refuses more rather than to forget any."))
    for name, title in stores:
        store = {"name": name, "title": title, "memory": one.mebibytes(name)}
        yield f"{one.name}-{name}.service", _text("store.service", values | {"store": store})
    yield f"{one.name}.target", _text("stack.target", values)


def unit_words(words: tuple[str, ...], *, keep: str = "") -> str:
    """A command line as ExecStart reads it: "%" and "$" are doubled, but for the specifier `keep`."""
    return " ".join(_unit_word(word, keep) for word in words)


def _unit_word(word: str, keep: str) -> str:
    text = word.replace("%", "%%").replace("$", "$$")
    if keep:
        text = text.replace(f"%{keep}", keep)
    if re.search(r"""[\s"'\\;]""", text) or not text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def _text(name: str, values: dict[str, object]) -> str:
    return render_template("systemd", name, **values)

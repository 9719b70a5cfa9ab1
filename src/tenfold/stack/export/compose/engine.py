"""Containers on one host: compose.yaml, a Dockerfile, the configuration of every store."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, USER
from tenfold.stack.export import configs
from tenfold.stack.export.environment import Reach, required_secrets, settle_environment
from tenfold.stack.export.image import USER_ID, media_folder, render_image, static_folder
from tenfold.stack.export.input import Exported
from tenfold.stack.export.notes import example_text, readme_text
from tenfold.stack.export.processes import (
    Place,
    app_words,
    manage_words,
    scheduler_command,
    stop_seconds,
    worker_command,
)
from tenfold.stack.export.templates import render_template
from tenfold.stack.services.edge.config import HEALTH
from tenfold.stack.services.postgres.configuration import REPLICATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.environment import Value
    from tenfold.stack.export.input import ExportInput

NEXT = "cd {folder} && ./secrets.sh && docker compose up -d --build"
IMAGES = {
    "postgres": "postgres:18-bookworm",
    "pgbouncer": "edoburu/pgbouncer:v1.24.1-p1",
    "valkey": "valkey/valkey:8.1-alpine",
}
PASSWORD = "${DATABASE_PASSWORD:?run ./secrets.sh}"
STOPPING = ("edge", "app", "worker", "scheduler")
PIDS_BESIDE = 32
"""Processes beside the workers and their threads: a shell, the health check."""


def render(one: ExportInput) -> tuple[Exported, ...]:
    """Every file of deploy/compose."""
    return (
        Exported("compose.yaml", render_template("compose", "compose.yaml", **_values(one))),
        *render_image(one),
        *_configurations(one),
        *_scripts(one),
        Exported("env.example", example_text(one, _environment(one), fixed=("DJANGO_SETTINGS_MODULE",))),
        Exported("README.md", readme_text(one, "Compose", NEXT.format(folder=one.folder))),
    )


def _reach(one: ExportInput, *, direct: bool = False) -> Reach:
    through = one.pooled and not direct
    return Reach(
        host="pooler" if through else "postgres",
        port=6432 if through else 5432,
        cache="redis://cache:6379",
        broker="redis://broker:6379",
        password=PASSWORD,
        replica_host="replica-1",
        static_root=static_folder(one),
        media_root=media_folder(one),
        migrates=direct,
    )


def _environment(one: ExportInput) -> tuple[Value, ...]:
    return settle_environment(one, _reach(one))


def _values(one: ExportInput) -> dict[str, object]:
    environment = [v for v in _environment(one) if v.value]
    environment += [_required(v) for v in _environment(one) if v.secret and v.known]
    direct = {v.name: v for v in settle_environment(one, _reach(one, direct=True))}
    replicas = range(1, one.replicas + 1)
    volumes = ["postgres", *(f"replica-{n}" for n in replicas), *(s["name"] for s in _valkeys(one))]
    volumes += ["media"] * bool(one.paths.media_root) + ["scheduler"] * one.scheduled
    return {
        "one": one,
        "top": one.topology,
        "cores": one.topology.machine.cores,
        "memory": one.topology.machine.memory // 1024**2,
        "folder": one.folder,
        "context": one.context,
        "user": USER_ID,
        "edge_health": HEALTH,
        "environment": environment,
        "direct": [direct[v.name] for v in environment if direct[v.name].value and direct[v.name] != v],
        "media": media_folder(one),
        "database": "pooler" if one.pooled else "postgres",
        "commands": {n: _words(app_words(one, _place(n))) for n in one.instances},
        "migrate": _words(manage_words(one, "python", "migrate", "--noinput")),
        "worker": _words(worker_command(one, "python", node="worker@%h")) if one.celery else "",
        "scheduler": _words(scheduler_command(one, "python", folder="/var/lib/app")) if one.celery else "",
        "stops": {name: stop_seconds(one, name) for name in STOPPING},
        "shares": _shares(one),
        "pids": _pids(one),
        "shm": max(64, one.topology.database.work_mem.whole * 4),
        "images": IMAGES,
        "replicas": replicas,
        "valkeys": _valkeys(one),
        "volumes": volumes,
        "user_name": USER,
        "database_name": DATABASE,
    }


def _required(value: Value) -> Value:
    return replace(value, value="${" + value.name + ":?run ./secrets.sh}")


def _place(number: int) -> Place:
    return Place("python", socket=f"/run/app/app-{number}.sock", configuration="/etc/app/gunicorn.conf.py")


def _words(words: tuple[str, ...]) -> str:
    """A list in JSON, which is YAML: the exec form, no shell. Compose reads "$$" as "$"."""
    return json.dumps([word.replace("$", "$$") for word in words])


def _shares(one: ExportInput) -> dict[str, int]:
    names = {"app": "app-1", "replica": "replica-1"}
    services = ("edge", "app", "worker", "scheduler", "postgres", "replica", "pooler")
    return {name: one.limit(names.get(name, name)) for name in services}


def _pids(one: ExportInput) -> int:
    app = one.topology.app
    tasks = one.topology.tasks.concurrency.whole if one.celery else 0
    return max(app.workers.whole * (app.threads.whole + 8), tasks * 8) + PIDS_BESIDE


def _valkeys(one: ExportInput) -> list[dict[str, str | int]]:
    stores: list[dict[str, str | int]] = [{"name": "cache", "memory": one.mebibytes("cache")}]
    if one.celery:
        stores.append({"name": "broker", "memory": one.mebibytes("broker")})
    return stores


def _configurations(one: ExportInput) -> Iterator[Exported]:
    sockets = tuple(f"unix:/run/app/app-{number}.sock" for number in one.instances)
    edge = configs.EdgePlace(
        backends=sockets,
        static=static_folder(one),
        media=media_folder(one),
        certificate="/run/secrets/tls_certificate",
        key="/run/secrets/tls_key",
        http="8080",
        https="8443",
        pid="/tmp/nginx.pid",
        temporary="/tmp",
        cache="/var/cache/nginx/pages",
        access_log="/dev/stdout",
    )
    yield Exported("nginx.conf", configs.nginx_text(one, edge))
    yield Exported(
        "postgres/postgresql.conf", configs.postgres_text(one, access="/etc/postgresql/pg_hba.conf")
    )
    yield Exported("postgres/pg_hba.conf", configs.access_text(networks=("samenet",)))
    if one.pooled:
        users, access = "/run/secrets/pgbouncer_userlist", "/etc/pgbouncer/hba.conf"
        pooler = configs.PoolerPlace("postgres", users=users, access=access)
        yield Exported("pgbouncer/pgbouncer.ini", configs.pgbouncer_text(one, pooler))
        yield Exported("pgbouncer/hba.conf", configs.pooler_access_text())
    yield Exported("cache.conf", configs.cache_text(one, folder="/data"))
    if one.celery:
        yield Exported("broker.conf", configs.broker_text(one, folder="/data"))


def _scripts(one: ExportInput) -> Iterator[Exported]:
    values = {
        "one": one,
        "required": required_secrets(_environment(one)),
        "alternatives": ",".join(f"DNS:{host}" for host in one.hosts),
        "user_name": USER,
        "database_name": DATABASE,
        "replicator": REPLICATOR,
        "replicas": range(1, one.replicas + 1),
    }
    yield Exported("secrets.sh", render_template("compose", "secrets.sh", **values), 0o755)
    yield Exported("postgres/init.sh", render_template("compose", "init.sh", **values), 0o755)
    if one.replicas:
        yield Exported("postgres/replica.sh", render_template("compose", "replica.sh", **values), 0o755)

"""Kubernetes manifests: application with nginx beside it, tasks, stores, migration Job, network policies."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, USER
from tenfold.stack.export import configs
from tenfold.stack.export.environment import Reach, required_secrets, settle_environment
from tenfold.stack.export.image import USER_ID, media_folder, render_image, static_folder
from tenfold.stack.export.input import Exported
from tenfold.stack.export.kubernetes.scale import count_pods
from tenfold.stack.export.notes import readme_text
from tenfold.stack.export.processes import (
    MARGIN,
    Place,
    app_words,
    manage_words,
    scheduler_command,
    stop_seconds,
    worker_command,
)
from tenfold.stack.export.templates import render_template
from tenfold.stack.services.edge.config import HEALTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput

NEXT = "push both images, make the Secrets of {folder}/secret.example.yaml, then {folder}/release.sh TAG"
IMAGES = {
    "valkey": "valkey/valkey:8.1-alpine",
    "cnpg": "ghcr.io/cloudnative-pg/postgresql:18-standard-bookworm",
}
LEAVE, DRAIN = 5, 15
"""Seconds until the Service's endpoints have forgotten a Pod, and until nginx has handed on what it holds."""
PASSWORD = "$(DATABASE_PASSWORD)"
STOPPING = ("edge", "app", "worker", "scheduler")
MORE = """nginx stands in every Pod of the application, not only in the Ingress controller: slow clients, static
files and timeouts are then the same with every controller, and the application is reached through a Unix socket.
PostgreSQL is a CloudNativePG cluster (`optional/postgres-cluster.yaml`) or a managed one: put its host into
`configuration.yaml`. The images are built with the Dockerfile here: replace `{name}` by your registry's name."""


def render(one: ExportInput) -> tuple[Exported, ...]:
    """Every file of deploy/kubernetes."""
    values = _values(one)
    named = ["configuration.yaml", "app.yaml", *(["tasks.yaml"] if one.celery else [])]
    named += ["stores.yaml", "ingress.yaml", "networkpolicy.yaml"]
    values["resources"] = named
    beside = ["kustomization.yaml", "migrate-job.yaml", "secret.example.yaml"]
    return (
        *(Exported(name, render_template("kubernetes", name, **values)) for name in (*named, *beside)),
        Exported("release.sh", render_template("kubernetes", "release.sh", **values), 0o755),
        Exported(
            "optional/postgres-cluster.yaml", render_template("kubernetes", "postgres-cluster.yaml", **values)
        ),
        *render_image(one),
        Exported(
            "README.md", readme_text(one, "Kubernetes", "./release.sh TAG", more=MORE.format(name=one.name))
        ),
    )


def _reach(one: ExportInput, *, direct: bool = False) -> Reach:
    through = one.pooled and not direct
    return Reach(
        host=f"{one.name}-db-pooler" if through else f"{one.name}-db-rw",
        port=5432,
        cache=f"redis://{one.name}-cache:6379",
        broker=f"redis://{one.name}-broker:6379",
        password=PASSWORD,
        replica_host=f"{one.name}-db-ro",
        static_root=static_folder(one),
        media_root=media_folder(one),
        migrates=direct,
    )


def _values(one: ExportInput) -> dict[str, object]:
    environment = settle_environment(one, _reach(one))
    direct = settle_environment(one, _reach(one, direct=True))
    nginx, stores = _nginx(one), tuple(_stores(one))
    plain = [v for v in environment if v.value and PASSWORD not in v.value]
    return {
        "one": one,
        "top": one.topology,
        "user": USER_ID,
        "image": one.name,
        "images": IMAGES,
        "plain": plain,
        # A name that stands twice is refused by server-side apply.
        "composed": [v for v in environment if PASSWORD in v.value and v.name != "DATABASE_PASSWORD"],
        "direct_values": [
            v
            for v in direct
            if v.name != "DATABASE_PASSWORD" and (PASSWORD in v.value or (v.value and v not in environment))
        ],
        "required": [name for name in required_secrets(environment) if name != "DATABASE_PASSWORD"],
        "own": [v for v in environment if not v.value and not v.known],
        "nginx": nginx,
        "valkeys": stores,
        "checksum": _checksum(nginx, *(f"{v.name}={v.value}" for v in environment)),
        "media": media_folder(one),
        "pods": count_pods(one.topology),
        "drain": DRAIN,
        "leave": LEAVE,
        "edge_health": HEALTH,
        "user_name": USER,
        "database_name": DATABASE,
        **_sizes(one),
        **_commands(one),
    }


def _sizes(one: ExportInput) -> dict[str, object]:
    app, edge, machine = one.topology.app, one.topology.edge, one.topology.machine
    services = ("edge", "worker", "scheduler", "postgres")
    shares = {name: one.limit(name) for name in services} | {"app": one.mebibytes("app-1")}
    shares["edge"] = max(64, shares["edge"] // app.instances.whole)
    shares["migrate"] = max(256, app.memory.whole)
    each = max(0.25, machine.cores / app.instances.whole / 2)
    return {
        "stops": {name: stop_seconds(one, name) for name in STOPPING},
        "shares": shares,
        "cpu": {"app": f"{each:g}", "worker": f"{each:g}", "database": f"{max(1, machine.cores // 2)}"},
        "ingress_timeout": one.topology.timeouts.edge.whole + MARGIN,
        "burst_multiplier": max(1, round(edge.burst.whole / max(1, edge.rate.whole))),
        "body": "100m",
        "parameters": configs.operator_parameters(one),
    }


def _commands(one: ExportInput) -> dict[str, str]:
    place = Place("python", socket="/run/app/app-1.sock", configuration="/etc/app/gunicorn.conf.py")
    found = {
        "command": app_words(one, place),
        "migrate": manage_words(one, "python", "migrate", "--noinput"),
        "worker": worker_command(one, "python", node="worker@%h") if one.celery else (),
        "scheduler": scheduler_command(one, "python", folder="/var/lib/app") if one.celery else (),
    }
    return {name: json.dumps(words) for name, words in found.items()}


def _nginx(one: ExportInput) -> str:
    """Plain HTTP behind the Ingress, which ends TLS, limits rates and is believed about the client."""
    place = configs.EdgePlace(
        backends=("unix:/run/app/app-1.sock",),
        static=static_folder(one),
        media=media_folder(one),
        http="8080",
        https="",
        pid="/tmp/nginx.pid",
        temporary="/tmp",
        cache="/var/cache/nginx/pages",
        access_log="/dev/stdout",
        names=("_",),
        limited=False,
        processes=1,
    )
    return configs.nginx_text(one, place)


def _stores(one: ExportInput) -> Iterator[dict[str, object]]:
    wanted = [("cache", "The cache: what is lost with its Pod is made anew.", configs.cache_text, False)]
    if one.celery:
        wanted.append(
            ("broker", "The broker: tasks that wait are kept on a disk.", configs.broker_text, True)
        )
    for name, title, text, kept in wanted:
        made = text(one, folder="/data")
        memory = one.mebibytes(name)
        yield {
            "name": name,
            "title": title,
            "text": made,
            "kept": kept,
            "memory": memory,
            "checksum": _checksum(made),
        }


def _checksum(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
